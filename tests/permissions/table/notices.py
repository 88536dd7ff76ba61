"""Notices: their pages, the products that show them, the portal, and the widget."""

from tests.permissions.line import Line
from tests.permissions.subjects import (
    ADMIN,
    ANONYMOUS,
    CONTACT,
    CSM,
    EVERYBODY,
    MANAGER,
    MANAGERS,
    OTHER_CSM,
    SPECIALIST,
    STAFF,
)

NOTICE = {"pk": "notice"}
PRODUCT = {"pk": "notice_product"}
OWN_NOTICE = {"uid": "notice_of_acme"}
WRITES_NOTICES = frozenset({CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN})
PUBLISHES_NOTICES = frozenset({SPECIALIST, MANAGER, ADMIN})
# A widget has a session of its own; a login of the product opens nothing there.
WITHOUT_A_SESSION = STAFF | {ANONYMOUS}

LINES = [
    Line("notices", "GET", WRITES_NOTICES),
    Line("notice_new", "GET POST", WRITES_NOTICES),
    Line("notice_preview", "POST", WRITES_NOTICES),
    Line("notice", "GET", WRITES_NOTICES, address=NOTICE),
    Line("notice_edit", "GET POST", WRITES_NOTICES, address=NOTICE),
    Line("notice_copy", "POST", WRITES_NOTICES, address=NOTICE),
    Line("notice_delete", "POST", WRITES_NOTICES, address=NOTICE),
    Line("notice_publish", "POST", PUBLISHES_NOTICES, address=NOTICE),
    Line("notice_withdraw", "POST", PUBLISHES_NOTICES, address=NOTICE),
    Line("notice_products", "GET", MANAGERS),
    Line("notice_product_new", "GET POST", MANAGERS),
    Line("notice_product", "GET", MANAGERS, address=PRODUCT),
    Line("notice_product_edit", "GET POST", MANAGERS, address=PRODUCT),
    Line("notice_product_rotate", "POST", MANAGERS, address=PRODUCT),
    Line("notice_product_switch", "POST", MANAGERS, address=PRODUCT),
    Line("portal_notice", "GET", {CONTACT}, "portal", ok=(302,), address=OWN_NOTICE),
    Line("portal_notice_dismiss", "POST", {CONTACT}, "portal", address=OWN_NOTICE),
    # --- notices in the company's products ----------------------------------------------------------
    Line("notices_script", "GET", EVERYBODY, "open"),
    Line("notices_script_version", "GET", EVERYBODY, "open", ok=(302,), address={"digest": "=old"}),
    Line("notices-session", "POST", WITHOUT_A_SESSION, "api", ok=(422,)),
    Line("notices-feed", "GET", WITHOUT_A_SESSION, "api", ok=(401,)),
    Line(
        "notices-step",
        "POST",
        WITHOUT_A_SESSION,
        "api",
        ok=(401,),
        address={"uid": "=6f1c3ad0-6c39-4d0b-8f3a-0d8f5f9d7c11", "step": "=seen"},
    ),
]
