"""Issues of newsletters: the list, the calendar, the editor, the progress."""

from tests.permissions.line import Line
from tests.permissions.subjects import ADMIN, AE, CSM, MANAGER, OTHER_CSM, SDR, SPECIALIST, WITH_A_ROLE

SEES_NEWSLETTERS = WITH_A_ROLE - {SDR, AE}
WRITES_NEWSLETTERS = frozenset({CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN})
SENDS_NEWSLETTERS = frozenset({SPECIALIST, MANAGER, ADMIN})
ISSUE = {"pk": "newsletter_issue"}
BLOCK = {**ISSUE, "block_id": "newsletter_block"}

LINES = [
    # --- issues: the list, the calendar, the progress -----------------------------------------------
    Line("newsletters", "GET", SEES_NEWSLETTERS),
    Line("newsletters_under_way", "GET", SEES_NEWSLETTERS, ok=(286,)),
    Line("newsletter_new", "GET POST", WRITES_NEWSLETTERS),
    Line("newsletter_calendar", "GET", SEES_NEWSLETTERS),
    Line("newsletter", "GET", SEES_NEWSLETTERS, ok=(302,), address=ISSUE),
    Line("newsletter_plan", "GET POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_delete", "POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_progress", "GET", SEES_NEWSLETTERS, ok=(302,), address=ISSUE),
    Line("newsletter_progress_now", "GET", SEES_NEWSLETTERS, ok=(286,), address=ISSUE),
    Line("newsletter_pause", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    Line("newsletter_resume", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    Line("newsletter_cancel", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    Line("newsletter_settle", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    # --- the editor ---------------------------------------------------------------------------------
    Line("newsletter_content", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_steps", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_details", "GET POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_block_new", "GET", WRITES_NEWSLETTERS, address=ISSUE, query="?kind=text"),
    Line("newsletter_block_new", "POST", WRITES_NEWSLETTERS, address=ISSUE, data={"kind": "=text"}),
    Line("newsletter_block", "GET POST", WRITES_NEWSLETTERS, address=BLOCK),
    Line("newsletter_block_move", "POST", WRITES_NEWSLETTERS, address=BLOCK),
    Line("newsletter_block_duplicate", "POST", WRITES_NEWSLETTERS, address=BLOCK),
    Line("newsletter_block_remove", "POST", WRITES_NEWSLETTERS, address=BLOCK),
    Line("newsletter_block_restore", "POST", WRITES_NEWSLETTERS, address=BLOCK),
    Line("newsletter_preview", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_preview_mail", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_preview_contacts", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_test", "GET POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_audience", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_audience", "POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_checks", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_approval", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_ask", "POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_decide", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    Line("newsletter_withdraw", "POST", WRITES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_schedule", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_schedule", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    Line("newsletter_clocks", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_unschedule", "POST", SENDS_NEWSLETTERS, address=ISSUE),
    # --- the API, as a browser's session reaches it; tokens are the same people ---------------------
    Line("newsletter-list", "GET", SEES_NEWSLETTERS, "api"),
    Line("newsletter-detail", "GET", SEES_NEWSLETTERS, "api", address=ISSUE),
]
