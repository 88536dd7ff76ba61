"""Newsletters: audiences, suppressed addresses, the archive, and the pages behind the links in mails."""

from tests.permissions.line import Line
from tests.permissions.subjects import (
    AE,
    CONTACTS,
    CSM,
    EVERYBODY,
    MANAGERS,
    OTHER_CSM,
    SDR,
    SPECIALIST,
    SUPPORT,
    WITH_A_ROLE,
)
from tests.permissions.table.who import EDITS_CONTACTS

EDITORS = frozenset({CSM, OTHER_CSM, SPECIALIST, *MANAGERS})
SUPPRESSES = frozenset({SUPPORT, SPECIALIST, *MANAGERS})
READS_ARCHIVE = CONTACTS | (WITH_A_ROLE - {SDR, AE})
MAIL = {"token": "newsletter_mail"}
ARCHIVED = {"uid": "newsletter_archived"}

LINES = [
    # --- audiences ----------------------------------------------------------------------------------
    Line("audience_count", "POST", EDITORS, ok=(200,)),
    Line("audience_search", "POST", EDITORS, ok=(200,)),
    # --- links in mails: whoever holds the mail -----------------------------------------------------
    Line("mail_read", "GET", EVERYBODY, "open", address=MAIL),
    Line("mail_framed", "GET", EVERYBODY, "open", address=MAIL),
    Line("mail_unsubscribe", "GET POST", EVERYBODY, "open", ok=(200,), address=MAIL),
    Line("mail_undo", "POST", EVERYBODY, "open", ok=(200,), address=MAIL),
    Line("mail_preferences", "GET POST", EVERYBODY, "open", ok=(200, 302), address=MAIL),
    Line("mail_stop", "POST", EVERYBODY, "open", ok=(200,), address=MAIL),
    Line("mail_pixel", "GET", EVERYBODY, "open", address=MAIL),
    Line("mail_click", "GET", EVERYBODY, "open", ok=(302,), address=MAIL | {"link": "newsletter_link"}),
    # --- the archive, as it is set at first: for customers who are logged in -------------------------
    Line("newsletter_archive", "GET", READS_ARCHIVE, refused=404),
    Line("newsletter_archived", "GET", READS_ARCHIVE, refused=404, address=ARCHIVED),
    Line("newsletter_archived_mail", "GET", READS_ARCHIVE, refused=404, address=ARCHIVED),
    # --- suppressed addresses, and what a contact gets ----------------------------------------------
    Line("suppressions", "GET", SUPPRESSES),
    Line("suppression_add", "GET POST", SUPPRESSES),
    Line("suppression_lift", "GET POST", SUPPRESSES, address={"pk": "suppression"}),
    Line(
        "contact_preferences",
        "GET POST",
        EDITS_CONTACTS,
        address={"pk": ("acme_contact", "globex_contact")},
    ),
    # --- the mail provider: none is chosen here, so nobody reports -----------------------------------
    Line("provider_report", "POST", EVERYBODY, "open", ok=(404,), address={"provider": "=mailgun"}),
]
