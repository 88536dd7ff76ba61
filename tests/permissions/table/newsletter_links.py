"""Newsletters: audiences, suppressed addresses, and the pages behind the links in mails."""

from tests.permissions.line import Line
from tests.permissions.subjects import CSM, MANAGERS, OTHER_CSM, SPECIALIST

EDITORS = frozenset({CSM, OTHER_CSM, SPECIALIST, *MANAGERS})

LINES = [
    # --- audiences ----------------------------------------------------------------------------------
    Line("audience_count", "POST", EDITORS, ok=(200,)),
    Line("audience_search", "GET", EDITORS),
]
