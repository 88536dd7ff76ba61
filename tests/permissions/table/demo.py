"""The mail catcher and the sample product of a person's own machine."""

from tests.permissions.line import Line
from tests.permissions.subjects import EVERYBODY

LINES = [
    Line("mail-list", "GET", EVERYBODY, "open"),
    Line("mail-message", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none"}),
    Line("mail-html", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none"}),
    Line("mail-attachment", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none", "number": "=1"}),
    Line("demo-product", "GET", EVERYBODY, "open", ok=(302,)),
    Line("demo-product-identity", "GET", EVERYBODY, "open", ok=(404,)),
]
