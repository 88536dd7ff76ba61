"""People, customers, contacts, subscriptions, the portal, imports and settings."""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import (
    ADMIN,
    ADMINS,
    ANONYMOUS,
    CONTACT,
    CONTACTS,
    EVERYBODY,
    MAKES_CUSTOMERS,
    MANAGER,
    MANAGERS,
    STAFF,
    WITH_A_ROLE,
)
from tests.permissions.table.who import (
    CUSTOMER,
    EDITS,
    EDITS_CONTACTS,
    EDITS_SUBSCRIPTIONS,
    SEES,
    STEERS,
    STEERS_PEOPLE,
)

CONTACT_OF = {"pk": ("acme_contact", "globex_contact")}
SUBSCRIPTION_OF = {"pk": ("subscription_of_acme", "subscription_of_globex")}
IMPORT = {"pk": "import_job"}
CONTACT_BODY = {"customer": ("acme", "globex"), "email": "=a@b.example"}
SUBSCRIPTION_BODY = {"customer": ("acme", "globex"), "currency": "=USD", "mrr": "=10", "starts_on": "=2026-01-01"}

LINES = [
    # --- pages of people ----------------------------------------------------------------------------
    Line("people", "GET", MANAGERS),
    Line("invite", "GET POST", ADMINS),
    Line("invitation_resend", "POST", ADMINS, address={"pk": "invitation"}),
    Line("invitation_revoke", "POST", ADMINS, address={"pk": "invitation"}),
    Line("teams", "GET", ADMINS),
    Line("team_new", "GET POST", ADMINS),
    Line("team_edit", "GET POST", ADMINS, address={"pk": "team"}),
    Line("team_delete", "POST", ADMINS, address={"pk": "other_team"}),
    # A manager opens the people of its teams: the CSM of Team North, not the one of Team South.
    Line(
        "person",
        "GET",
        Of({MANAGER, ADMIN}, {ADMIN}, STAFF - {MANAGER}, STAFF - {MANAGER}),
        address={"pk": ("csm", "other_csm")},
    ),
    Line("person_edit", "GET POST", ADMINS, address={"pk": "csm"}),
    Line("person_roles", "POST", ADMINS, address={"pk": "csm"}),
    Line("person_deactivate", "GET POST", ADMINS, address={"pk": "csm"}),
    Line("person_reactivate", "POST", ADMINS, address={"pk": "left"}),
    Line("invitation_accept", "GET POST", EVERYBODY, "open", ok=(404,), address={"token": "=no-such-token"}),
    Line("profile", "GET POST", STAFF),
    Line("api_tokens", "GET POST", WITH_A_ROLE),
    Line("api_token_revoke", "POST", STAFF),
    # --- the portal ---------------------------------------------------------------------------------
    Line("portal", "GET", CONTACTS, "portal"),
    Line("portal_company", "GET", CONTACTS, "portal"),
    Line("portal_profile", "GET POST", CONTACTS, "portal"),
    Line("portal_switch", "POST", {CONTACT}, "portal", data={"customer": "acme"}),
    # --- the company's settings ---------------------------------------------------------------------
    Line("settings", "GET POST", ADMINS),
    Line("settings_rates", "GET POST", ADMINS),
    Line("settings_rate_delete", "POST", ADMINS, address={"pk": "rate"}),
    Line("settings_fields", "GET", ADMINS),
    Line("settings_field_new", "GET POST", ADMINS),
    Line("settings_field", "GET POST", ADMINS, address={"pk": "custom_field"}),
    # --- customers, contacts, subscriptions ---------------------------------------------------------
    Line("customer_new", "GET POST", MAKES_CUSTOMERS),
    Line("customer_suggest", "GET", STAFF),
    Line("customer_edit", "GET POST", EDITS, address=CUSTOMER),
    Line("contact_new", "GET POST", EDITS_CONTACTS, address=CUSTOMER),
    Line("contact_edit", "GET POST", EDITS_CONTACTS, address=CONTACT_OF),
    Line("contact_state", "POST", EDITS_CONTACTS, address=CONTACT_OF),
    Line("subscription_new", "GET POST", EDITS_SUBSCRIPTIONS, address=CUSTOMER),
    Line("subscription_edit", "GET POST", EDITS_SUBSCRIPTIONS, address=SUBSCRIPTION_OF),
    Line("subscription_end", "GET POST", EDITS_SUBSCRIPTIONS, address=SUBSCRIPTION_OF),
    # --- duplicates and merging: whoever may merge both ---------------------------------------------
    Line("duplicates", "GET", MANAGERS),
    Line("duplicates_find", "POST", MANAGERS),
    Line("duplicate_dismiss", "POST", ADMINS, refused=404, address={"pk": "pair_of_acme_and_globex"}),
    Line("customer_merge", "GET POST", STEERS, address=CUSTOMER),
    Line("merge_undo", "POST", STEERS_PEOPLE, address={"pk": ("merge_into_acme", "merge_into_globex")}),
    # --- imports ------------------------------------------------------------------------------------
    Line("imports", "GET", MANAGERS),
    Line("import_upload", "GET POST", MANAGERS),
    Line("import", "GET", MANAGERS, address=IMPORT),
    Line("import_layout", "POST", MANAGERS, address=IMPORT),
    Line("import_kind", "POST", MANAGERS, address=IMPORT),
    Line("import_columns", "POST", MANAGERS, address=IMPORT),
    Line("import_progress", "GET", MANAGERS, address=IMPORT),
    Line("import_cancel", "POST", MANAGERS, address=IMPORT),
    Line("import_continue", "POST", MANAGERS, address=IMPORT),
    Line("import_undo", "POST", MANAGERS, address=IMPORT),
    Line("import_discard", "POST", MANAGERS, address=IMPORT),
    Line("import_rejected", "GET", MANAGERS, address=IMPORT),
    Line("import_problems", "GET", MANAGERS, address=IMPORT),
    Line("import_kept", "GET", MANAGERS, address=IMPORT),
    # --- the API, as a browser's session reaches it; tokens are the same people ---------------------
    Line("api-page", "GET", STAFF | {ANONYMOUS}, "api"),
    Line("api-schema", "GET", STAFF | {ANONYMOUS}, "api"),
    Line("customer-list", "GET", STAFF, "api"),
    Line("customer-list", "POST", MAKES_CUSTOMERS, "api", data={"name": "=New"}),
    Line("customer-bulk", "POST", STAFF, "api"),
    Line("customer-detail", "GET", SEES, "api", address=CUSTOMER),
    Line("customer-detail", "PATCH", EDITS, "api", address=CUSTOMER),
    Line("customer-timeline", "GET", SEES, "api", address=CUSTOMER),
    Line("contact-list", "GET", STAFF, "api"),
    Line("contact-list", "POST", EDITS_CONTACTS, "api", data=CONTACT_BODY, hidden=422),
    Line("contact-bulk", "POST", STAFF, "api"),
    Line("contact-detail", "GET", SEES, "api", address=CONTACT_OF),
    Line("contact-detail", "PATCH", EDITS_CONTACTS, "api", address=CONTACT_OF),
    Line("subscription-list", "GET", STAFF, "api"),
    Line("subscription-list", "POST", EDITS_SUBSCRIPTIONS, "api", data=SUBSCRIPTION_BODY, hidden=422),
    Line("subscription-bulk", "POST", STAFF, "api"),
    Line("subscription-detail", "GET", SEES, "api", address=SUBSCRIPTION_OF),
    Line(
        "subscription-detail",
        "PATCH",
        EDITS_SUBSCRIPTIONS,
        "api",
        address=SUBSCRIPTION_OF,
    ),
]
