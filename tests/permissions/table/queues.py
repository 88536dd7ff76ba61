"""Queues and their hours: the board, setting up, booking, the portal, links in mails."""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import (
    ADMIN,
    AE,
    AM,
    CONTACT,
    CONTACTS,
    CSM,
    DC,
    EVERYBODY,
    MANAGER,
    MANAGERS,
    OTHER_CSM,
    RENEWAL,
    SDR,
    SPECIALIST,
    STAFF,
    SUPPORT,
    WITH_A_ROLE,
)
from tests.permissions.table.who import CUSTOMER, SEES_ACME, SEES_GLOBEX, of

# Who books hours for customers.
BOOKS = WITH_A_ROLE - {SDR, AE}
BOOKS_FOR = of(SEES_ACME - {SDR, AE}, SEES_GLOBEX)
BOOKING_OF = {"pk": ("booking_of_acme", "booking_of_globex")}
# The queue is everybody's whose role works with it; its hours are changed by who looks after the customer.
SEES_ALL_HOURS = frozenset({SUPPORT, AM, DC, CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN})
SEES_HOURS = Of(WITH_A_ROLE, SEES_ALL_HOURS)
CHANGES_HOURS = Of(
    {SUPPORT, AM, DC, CSM, RENEWAL, SPECIALIST, MANAGER, ADMIN},
    {SUPPORT, OTHER_CSM, SPECIALIST, MANAGER, ADMIN},
    WITH_A_ROLE,
    SEES_ALL_HOURS,
)
HOUR_OF = {"uid": ("hour_of_csm", "hour_of_other_csm")}
ITEM_OF = {**HOUR_OF, "pk": ("=999999", "=999999")}
HOSTS = frozenset({CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN})
# An hour is run by its host, or by who leads the host.
RUNS_HOUR = Of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN}, WITH_A_ROLE, SEES_ALL_HOURS)

LINES = [
    # --- the API, as a browser's session reaches it; tokens are the same people ---------------------
    Line("queue-list", "GET", BOOKS, "api"),
    Line("queue-detail", "GET", BOOKS, "api", address={"slug": "queue_slug"}),
    Line("queue-slots", "GET", BOOKS, "api", address={"slug": "queue_slug"}),
    Line("queue-bookings", "POST", BOOKS, "api", address={"slug": "queue_slug"}),
    Line("booking-list", "GET", STAFF, "api"),
    Line("booking-detail", "GET", SEES_HOURS, "api", address=BOOKING_OF),
    Line("booking-cancel", "POST", CHANGES_HOURS, "api", address=BOOKING_OF),
    Line("booking-reschedule", "POST", CHANGES_HOURS, "api", address=BOOKING_OF),
    # --- the queue's board and hours ----------------------------------------------------------------
    Line("queue_board", "GET", SEES_ALL_HOURS),
    Line("queue_why", "GET", SEES_ALL_HOURS),
    Line("queue_conflicts", "GET", SEES_ALL_HOURS),
    Line("queue_hours", "GET", HOSTS),
    Line("queue_hour", "GET", SEES_HOURS, address=HOUR_OF),
    Line("queue_settle", "POST", CHANGES_HOURS, address=HOUR_OF),
    Line("queue_hour_move", "GET POST", CHANGES_HOURS, address=HOUR_OF),
    Line("queue_hour_cancel", "POST", CHANGES_HOURS, address=HOUR_OF),
    Line("queue_hour_notes", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_close", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_no_show", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_reopen", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_follow_up", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_link", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_file", "POST", RUNS_HOUR, address=HOUR_OF),
    Line("queue_hour_item_file", "GET", RUNS_HOUR, ok=(404,), address=ITEM_OF),
    Line("queue_hour_item_remove", "POST", RUNS_HOUR, ok=(422,), address=ITEM_OF),
    # --- setting queues up --------------------------------------------------------------------------
    Line("queue_settings", "GET", MANAGERS),
    Line("queue_new", "GET POST", MANAGERS),
    Line("queue_edit", "GET POST", MANAGERS, address={"slug": "queue_slug"}),
    Line("queue_hosts", "GET POST", MANAGERS, address={"slug": "queue_slug"}),
    Line("queue_host", "GET POST", MANAGERS, address={"pk": "queue_host"}),
    Line("queue_windows", "GET POST", MANAGERS, address={"pk": "queue_host"}),
    # --- staff books for a customer -----------------------------------------------------------------
    Line("staff_book", "GET", BOOKS),
    Line("staff_book_for", "GET", BOOKS_FOR, ok=(200, 302), address=CUSTOMER),
    Line(
        "staff_book_pick",
        "GET POST",
        BOOKS_FOR,
        address={**CUSTOMER, "contact": ("acme_contact", "globex_contact"), "slug": "queue_slug"},
    ),
    Line(
        "staff_book_details",
        "GET POST",
        BOOKS_FOR,
        address={
            **CUSTOMER,
            "contact": ("acme_contact", "globex_contact"),
            "slug": "queue_slug",
            "uid": ("hold_of_acme", "hold_of_globex"),
        },
    ),
    # --- hours in the portal ------------------------------------------------------------------------
    Line("portal_hours", "GET", CONTACTS, "portal"),
    Line("portal_hours_book", "GET", CONTACTS, "portal", ok=(200, 302)),
    Line("portal_hours_pick", "GET POST", CONTACTS, "portal", address={"slug": "queue_slug"}),
    Line("portal_hours_wait", "GET POST", CONTACTS, "portal", address={"slug": "queue_slug"}),
    Line(
        "portal_hours_details",
        "GET POST",
        {CONTACT},
        "portal",
        address={"slug": "queue_slug", "uid": "hold_of_acme"},
    ),
    Line("portal_hours_leave", "POST", {CONTACT}, "portal", address={"uid": "entry_of_acme"}),
    Line("portal_hours_offer", "GET POST", {CONTACT}, "portal", address={"uid": "offer_of_acme"}),
    Line("portal_hour", "GET", {CONTACT}, "portal", address={"uid": "hour_of_acme"}),
    Line("portal_hour_file", "GET", {CONTACT}, "portal", address={"uid": "hour_of_acme"}),
    Line(
        "portal_hour_follow_up",
        "GET",
        {CONTACT},
        "portal",
        address={"uid": "past_hour_of_acme", "pk": "item_of_past_hour"},
    ),
    Line("portal_hour_move", "GET POST", {CONTACT}, "portal", address={"uid": "hour_of_acme"}),
    Line("portal_hour_cancel", "GET POST", {CONTACT}, "portal", address={"uid": "hour_of_acme"}),
    Line("portal_hour_rate", "GET POST", {CONTACT}, "portal", address={"uid": "past_hour_of_acme"}),
    # --- private calendars, and mails that wait for a decision --------------------------------------
    Line("calendar_feed", "GET", EVERYBODY, "open", address={"token": "address_of_feed"}),
    Line("calendar_feeds", "GET POST", {CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN}),
    Line("calendar_feed_revoke", "POST", {SPECIALIST}, refused=404, data={"feed": "feed_of_specialist"}),
    Line("portal_feeds", "GET POST", CONTACTS, "portal"),
    Line("portal_feed_revoke", "POST", {CONTACT}, "portal", data={"feed": "feed_of_acme_contact"}),
    Line("queue_mails", "GET", MANAGERS),
    Line("queue_mail_arrived", "POST", MANAGERS, address={"pk": "mail_to_decide"}),
    Line("queue_mail_again", "POST", MANAGERS, address={"pk": "mail_to_decide"}),
    Line("queue_mail_give_up", "POST", MANAGERS, address={"pk": "mail_to_decide"}),
    # --- links in mails: whoever holds one, whoever is logged in ------------------------------------
    Line("link_book", "GET", EVERYBODY, "open", ok=(302,), address={"token": "link_to_book"}),
    Line(
        "link_book_pick",
        "GET POST",
        EVERYBODY,
        "open",
        ok=(200, 422),
        address={"token": "link_to_book", "slug": "queue_slug"},
    ),
    Line(
        "link_book_wait",
        "GET POST",
        EVERYBODY,
        "open",
        ok=(200, 422),
        address={"token": "link_to_book", "slug": "queue_slug"},
    ),
    Line(
        "link_book_details",
        "GET POST",
        EVERYBODY,
        "open",
        ok=(200, 422),
        address={"token": "link_to_book", "slug": "queue_slug", "uid": "hold_of_acme"},
    ),
    Line("link_booked", "GET", EVERYBODY, "open", address={"token": "link_to_book", "uid": "hour_of_acme"}),
    Line("link_booked_file", "GET", EVERYBODY, "open", address={"token": "link_to_book", "uid": "hour_of_acme"}),
    Line("link_change", "GET POST", EVERYBODY, "open", ok=(200, 422), address={"token": "link_to_change"}),
    Line("link_cancel", "GET", EVERYBODY, "open", address={"token": "link_to_cancel"}),
    Line("link_cancel", "POST", EVERYBODY, "open", ok=(302,), address={"token": "link_to_cancel"}),
    Line("link_rate", "GET POST", EVERYBODY, "open", ok=(200, 422), address={"token": "link_to_rate"}),
    Line("link_offer", "GET POST", EVERYBODY, "open", ok=(200, 302), address={"token": "link_to_answer"}),
]
