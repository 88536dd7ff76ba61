"""The permission table: one line an address, and what every subject gets there.

An address that has no line here fails the tests, so does a line without an address. Where the methods of one address
are for different people it has a line for each.
"""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import (
    ADMIN,
    ADMINS,
    AE,
    AM,
    ANONYMOUS,
    CONTACT,
    CONTACTS,
    CSM,
    DC,
    EVERYBODY,
    EXPORTS,
    MAKES_CUSTOMERS,
    MANAGER,
    MANAGERS,
    OTHER_CSM,
    OWNERS,
    READS_RULES,
    RENEWAL,
    SDR,
    SEES_PORTFOLIOS,
    SPECIALIST,
    STAFF,
    SUPPORT,
    WITH_A_ROLE,
)

# --- what the roles make of one customer's things -------------------------------------------------
SEES_ACME = OWNERS | {SPECIALIST, MANAGER, ADMIN}
SEES_GLOBEX = {SUPPORT, SPECIALIST, OTHER_CSM, ADMIN}


def of(acme: set[str] | frozenset[str], globex: set[str] | frozenset[str]) -> Of:
    """Return who may, with everybody who sees the customers."""
    return Of(acme, globex, SEES_ACME, SEES_GLOBEX)


SEES = of(SEES_ACME, SEES_GLOBEX)
EDITS = of({SDR, AE, AM, DC, CSM, RENEWAL, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
EDITS_CONTACTS = of(OWNERS | {MANAGER, ADMIN}, {SUPPORT, OTHER_CSM, ADMIN})
EDITS_SUBSCRIPTIONS = of({AE, AM, RENEWAL, MANAGER, ADMIN}, {ADMIN})
LOGS = of(SEES_ACME - {SDR, AE}, SEES_GLOBEX)
STEERS = of({MANAGER, ADMIN}, {ADMIN})
# What is one person's own and nobody else's business: views, exports, bulk changes.
MINE = Of({CSM}, {OTHER_CSM})
MINE_TO_EXPORT = Of({CSM}, {OTHER_CSM}, STAFF - EXPORTS, STAFF - EXPORTS)
# One's own hours and absences, a manager those of its people.
SEES_CALENDARS = Of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
SEES_PEOPLE = Of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
STEERS_PEOPLE = Of({MANAGER, ADMIN}, {ADMIN})
# A manager looks at the capacity of its teams; whoever manages nobody is told so.
CAPACITY_OF = Of({MANAGER, ADMIN}, {ADMIN}, STAFF - {MANAGER}, STAFF - {MANAGER})
GAVE_BACK = of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
GAVE_TIME = of({CSM}, {OTHER_CSM})
# Who books hours for customers.
BOOKS = WITH_A_ROLE - {SDR, AE}
BOOKS_FOR = of(SEES_ACME - {SDR, AE}, SEES_GLOBEX)
EDITS_SOME = WITH_A_ROLE - {SUPPORT, SPECIALIST}
CUSTOMER = {"pk": ("acme", "globex")}
CONTACT_OF = {"pk": ("acme_contact", "globex_contact")}
SUBSCRIPTION_OF = {"pk": ("subscription_of_acme", "subscription_of_globex")}
MOVE_OF = {"pk": ("move_of_acme", "move_of_globex")}
REBALANCE_OF = {"pk": ("rebalance_of_csm", "rebalance_of_other_csm")}
# A manager rebalances between the people of its teams.
REBALANCES = Of({MANAGER, ADMIN}, {ADMIN}, STAFF - {MANAGER}, STAFF - {MANAGER})
IMPORT = {"pk": "import_job"}
BOOKING_OF = {"pk": ("booking_of_acme", "booking_of_globex")}
BOOKS_HOURS = WITH_A_ROLE - {SDR, AE}
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
RULE_SET = {"pk": "rule_set"}
CONTACT_BODY = {"customer": ("acme", "globex"), "email": "=a@b.example"}
SUBSCRIPTION_BODY = {"customer": ("acme", "globex"), "currency": "=USD", "mrr": "=10", "starts_on": "=2026-01-01"}
RULES = {
    "name": "New rules",
    "fallback_tier": "tech",
    "margin_percent": 10,
    "minimum_days": 30,
    "approval_arr": None,
    "rules": [],
}

# --- pages of people ------------------------------------------------------------------------------
LINES = [
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
    # --- the portal -------------------------------------------------------------------------------
    Line("portal", "GET", CONTACTS, "portal"),
    Line("portal_company", "GET", CONTACTS, "portal"),
    Line("portal_profile", "GET POST", CONTACTS, "portal"),
    Line("portal_switch", "POST", {CONTACT}, "portal", data={"customer": "acme"}),
    # --- logging in: whoever is in already is sent on ---------------------------------------------
    Line("account_login", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_request_login_code", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_confirm_login_code", "GET POST PUT", EVERYBODY, "open", ok=(302,)),
    Line("account_logout", "GET", STAFF | CONTACTS, "open", refused=302),
    Line("account_logout", "POST", EVERYBODY, "open", ok=(302,)),
    Line("account_inactive", "GET", EVERYBODY, "open"),
    Line("account_signup", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_reset_password", "GET POST PUT", EVERYBODY, "open", ok=(200,)),
    Line("account_reset_password_done", "GET", EVERYBODY, "open"),
    Line(
        "account_reset_password_from_key",
        "GET POST PUT",
        EVERYBODY,
        "open",
        ok=(200,),
        address={"uidb36": "=1", "key": "=no-such-key"},
    ),
    Line("account_reset_password_from_key_done", "GET", EVERYBODY, "open"),
    Line("account_reauthenticate", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("account_change_password", "GET POST PUT", STAFF),
    Line("account_set_password", "GET POST PUT", STAFF, ok=(302,)),
    # --- the second factor ------------------------------------------------------------------------
    Line("mfa_index", "GET", STAFF),
    Line("mfa_authenticate", "GET POST", EVERYBODY, "open", ok=(302,)),
    Line("mfa_reauthenticate", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_activate_totp", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_deactivate_totp", "GET POST PUT", STAFF, ok=(200, 302, 404)),
    Line("mfa_view_recovery_codes", "GET", STAFF, ok=(200, 302, 404)),
    Line("mfa_generate_recovery_codes", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_download_recovery_codes", "GET", STAFF, ok=(200, 302, 404)),
    Line("mfa_list_webauthn", "GET", STAFF, ok=(200, 302)),
    Line("mfa_add_webauthn", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_reauthenticate_webauthn", "GET POST PUT", STAFF, ok=(200, 302, 404)),
    Line("mfa_remove_webauthn", "GET POST", STAFF, ok=(302, 404), address={"pk": "=1"}),
    Line("mfa_edit_webauthn", "GET POST PUT", STAFF, ok=(302, 404), address={"pk": "=1"}),
    Line("mfa_login_webauthn", "GET POST PUT", EVERYBODY, "open", ok=(200, 302)),
    # --- single sign-on, which is not set up here ---------------------------------------------------
    Line("socialaccount_connections", "GET POST PUT", STAFF),
    Line("socialaccount_signup", "GET POST PUT", EVERYBODY, "open", ok=(302,)),
    Line("socialaccount_login_cancelled", "GET", EVERYBODY, "open"),
    Line("socialaccount_login_error", "GET", EVERYBODY, "open", ok=(401,)),
    Line("openid_connect_login", "GET POST", EVERYBODY, "open", ok=(404,), address={"provider_id": "=oidc"}),
    Line("openid_connect_callback", "GET", EVERYBODY, "open", ok=(404,), address={"provider_id": "=oidc"}),
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
    # --- lists, my day, the customer page -----------------------------------------------------------
    Line("my_day", "GET", STAFF),
    Line("search", "GET", STAFF),
    Line("portfolio", "GET", SEES_PORTFOLIOS),
    Line("customers", "GET", WITH_A_ROLE),
    Line("list_filters", "GET", WITH_A_ROLE, address={"page": "=customers"}),
    Line("list_columns", "GET", WITH_A_ROLE, address={"page": "=customers"}),
    Line("view_new", "GET POST", WITH_A_ROLE, address={"page": "=customers"}),
    Line("view_edit", "GET POST", MINE, address={"pk": ("view_of_csm", "view_of_other_csm")}),
    Line("view_delete", "POST", MINE, address={"pk": ("view_of_csm", "view_of_other_csm")}),
    Line("bulk_prepare", "POST", EDITS_SOME, data={"page": "=customers", "change": "=tag"}),
    Line("bulk_start", "POST", EDITS_SOME, data={"page": "=customers", "change": "=tag"}),
    Line("bulk_job", "GET", MINE, address={"pk": ("bulk_of_csm", "bulk_of_other_csm")}),
    Line("bulk_progress", "GET", MINE, address={"pk": ("bulk_of_csm", "bulk_of_other_csm")}),
    Line("exports", "GET POST", EXPORTS, data={"page": "=customers"}),
    Line("export", "GET", MINE, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("export_progress", "GET", MINE, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("export_file", "GET", MINE_TO_EXPORT, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("customer", "GET", SEES, address=CUSTOMER),
    Line("customer_note", "POST", SEES, address=CUSTOMER),
    Line("customer_timeline", "GET", SEES, address=CUSTOMER),
    Line("customer_history", "GET", SEES, address=CUSTOMER),
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
    # --- tiers: who reads the rules, who edits them, who steers one customer ------------------------
    Line("tiers", "GET", READS_RULES),
    Line("tier_run", "POST", MANAGERS),
    Line("tier_run_progress", "GET", READS_RULES, address={"pk": "tier_run"}),
    Line("tier_moves", "GET", READS_RULES),
    Line("tier_approvals", "GET POST", MANAGERS),
    Line("tier_pins", "GET", READS_RULES),
    Line("tier_pin", "GET POST", STEERS, address=CUSTOMER),
    Line("end_tier_pin", "GET POST", STEERS, address={"pk": ("pin_of_acme", "pin_of_globex")}),
    Line("rule_sets", "GET", READS_RULES),
    Line("rule_set_new", "POST", MANAGERS),
    Line("tier_thresholds", "GET", MANAGERS),
    Line("rule_set", "GET", READS_RULES, address=RULE_SET),
    Line("rule_set_editor", "GET POST", MANAGERS, address=RULE_SET),
    Line("rule_set_check", "POST", MANAGERS, address=RULE_SET),
    Line("rule_set_simulation", "GET", READS_RULES, address=RULE_SET),
    Line("rule_set_flow", "GET", READS_RULES, address=RULE_SET, query="?from=low&to=tech"),
    Line("activate_rule_set", "GET POST", MANAGERS, address=RULE_SET),
    Line("delete_rule_set", "POST", MANAGERS, address=RULE_SET),
    # --- what-ifs: one's own, and the one that the administrator shares ------------------------------
    Line("scenarios", "GET", MANAGERS),
    Line("scenario_new", "GET POST", MANAGERS),
    Line("scenario_changes_customers", "POST", MANAGERS, query="?left=high"),
    Line("scenarios_compare", "GET", MANAGERS),
    Line("scenario", "GET", MANAGERS, address={"pk": "shared_scenario"}),
    Line("scenario", "POST", ADMINS, address={"pk": "shared_scenario"}),
    Line("scenario_customers", "GET", MANAGERS, address={"pk": "shared_scenario"}, query="?left=high"),
    Line("scenario_name", "GET POST", ADMINS, address={"pk": "shared_scenario"}),
    Line("scenario_copy", "POST", MANAGERS, address={"pk": "shared_scenario"}),
    Line("scenario_delete", "POST", ADMINS, address={"pk": "shared_scenario"}),
    # --- portfolios, limits, time -------------------------------------------------------------------
    Line("limits", "GET", SEES_PORTFOLIOS),
    Line("tier_terms", "GET POST", ADMINS, address={"tier": "=high"}),
    Line("person_limit", "GET POST", STEERS_PEOPLE, address={"pk": ("csm", "other_csm"), "tier": "=high"}),
    Line("unassigned", "GET", MANAGERS),
    Line("fill_portfolios", "POST", MANAGERS),
    Line("handovers", "GET", STAFF),
    Line("handover", "GET POST", GAVE_BACK, address={"pk": ("past_of_csm", "past_of_other_csm")}),
    Line("assign_role", "GET POST", STEERS, address=CUSTOMER | {"role": "=am"}),
    Line("release_role", "GET POST", STEERS, address=CUSTOMER | {"role": "=csm"}),
    Line("hours", "GET", SEES, address=CUSTOMER),
    Line("hours", "POST", LOGS, address=CUSTOMER),
    Line("edit_time", "GET POST", GAVE_TIME, address={"pk": ("time_of_csm", "time_of_other_csm")}),
    Line("delete_time", "POST", GAVE_TIME, address={"pk": ("time_of_csm", "time_of_other_csm")}),
    # --- hours, absences, the calendar ----------------------------------------------------------------
    Line("my_hours", "GET POST", WITH_A_ROLE),
    Line("person_hours", "GET POST", SEES_CALENDARS, address={"pk": ("csm", "other_csm")}),
    Line("special_day", "GET POST", SEES_CALENDARS, address={"pk": ("csm", "other_csm")}),
    Line("delete_work_pattern", "POST", SEES_CALENDARS, address={"pk": ("week_of_csm", "week_of_other_csm")}),
    Line("delete_special_day", "POST", SEES_CALENDARS, address={"pk": ("day_of_csm", "day_of_other_csm")}),
    Line("absences", "GET", WITH_A_ROLE),
    Line("absence_new", "GET POST", WITH_A_ROLE),
    Line("absence", "GET POST", SEES_CALENDARS, address={"pk": ("absence_of_csm", "absence_of_other_csm")}),
    Line("cancel_absence", "POST", SEES_CALENDARS, address={"pk": ("absence_of_csm", "absence_of_other_csm")}),
    Line("team_calendar", "GET", WITH_A_ROLE),
    Line("company_holidays", "GET POST", ADMINS),
    Line("delete_company_holiday", "POST", ADMINS, address={"pk": "company_holiday"}),
    # --- the one-to-many team -----------------------------------------------------------------------
    Line("one_to_many", "GET POST", MANAGERS),
    # --- rebalances ---------------------------------------------------------------------------------
    Line("rebalances", "GET", MANAGERS),
    Line("rebalance_new", "GET POST", MANAGERS),
    Line("rebalance", "GET", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_progress", "GET", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_again", "POST", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_discard", "POST", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_apply", "POST", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_undo", "POST", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_moves", "POST", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_find", "GET", REBALANCES, address=REBALANCE_OF),
    Line("rebalance_target", "GET POST", REBALANCES, address=REBALANCE_OF | {"customer": ("acme", "globex")}),
    # --- capacity -----------------------------------------------------------------------------------
    Line("capacity", "GET", MANAGERS),
    Line("capacity_week", "GET", MANAGERS),
    Line("capacity_settings", "GET POST", MANAGERS),
    Line("capacity_given_by_all", "GET", MANAGERS),
    Line("capacity_drawing", "GET", MANAGERS),
    Line("capacity_neglected", "GET", MANAGERS),
    Line("capacity_person", "GET", CAPACITY_OF, address={"pk": ("csm", "other_csm")}),
    Line("capacity_given", "GET", CAPACITY_OF, address={"pk": ("csm", "other_csm")}),
    # --- the API, as a browser's session reaches it; tokens are the same people ----------------------
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
    Line("portfolio-list", "GET", STAFF, "api"),
    Line("portfolio-detail", "GET", SEES_PEOPLE, "api", address={"pk": ("csm", "other_csm")}),
    Line("portfolio-customers", "GET", SEES_PEOPLE, "api", address={"pk": ("csm", "other_csm")}),
    Line("portfolio-assign", "POST", STEERS, "api", address={"pk": "csm"}, data={"customer": ("acme", "globex")}),
    Line("capacity-list", "GET", MANAGERS, "api"),
    Line("capacity-detail", "GET", CAPACITY_OF, "api", address={"pk": ("csm", "other_csm")}),
    Line("capacity-weeks", "GET", MANAGERS, "api"),
    Line("tier-move-list", "GET", STAFF, "api"),
    Line("tier-move-detail", "GET", SEES, "api", address=MOVE_OF),
    Line("tier-move-approve", "POST", STEERS, "api", address=MOVE_OF),
    Line("tier-move-reject", "POST", STEERS, "api", address=MOVE_OF, data={"note": "=No"}),
    Line("rebalance-list", "GET", MANAGERS, "api"),
    Line("rebalance-list", "POST", MANAGERS, "api", data={"people": "=1"}),
    Line("rebalance-detail", "GET", REBALANCES, "api", address=REBALANCE_OF),
    Line("rebalance-moves", "GET", REBALANCES, "api", address=REBALANCE_OF),
    Line("rebalance-discard", "POST", REBALANCES, "api", address=REBALANCE_OF),
    Line("rebalance-apply", "POST", REBALANCES, "api", address=REBALANCE_OF),
    Line("rebalance-undo", "POST", REBALANCES, "api", address=REBALANCE_OF),
    Line("rule-set-list", "GET", READS_RULES, "api"),
    Line("rule-set-list", "POST", MANAGERS, "api"),
    Line("rule-set-detail", "GET", READS_RULES, "api", address=RULE_SET),
    Line("rule-set-detail", "PUT", MANAGERS, "api", address=RULE_SET, data={"content": RULES}),
    Line("rule-set-detail", "DELETE", MANAGERS, "api", address=RULE_SET),
    Line("rule-set-simulate", "GET POST", READS_RULES, "api", address=RULE_SET),
    Line("rule-set-activate", "POST", MANAGERS, "api", address=RULE_SET),
    Line("absence-list", "GET", STAFF, "api"),
    Line(
        "absence-list",
        "POST",
        SEES_CALENDARS,
        "api",
        data={"person": ("csm", "other_csm"), "first": "=2026-12-01", "last": "=2026-12-02"},
    ),
    Line("absence-detail", "GET", SEES_CALENDARS, "api", address={"pk": ("absence_of_csm", "absence_of_other_csm")}),
    Line("absence-cancel", "POST", SEES_CALENDARS, "api", address={"pk": ("absence_of_csm", "absence_of_other_csm")}),
    Line("queue-list", "GET", BOOKS_HOURS, "api"),
    Line("queue-detail", "GET", BOOKS_HOURS, "api", address={"slug": "queue_slug"}),
    Line("queue-slots", "GET", BOOKS_HOURS, "api", address={"slug": "queue_slug"}),
    Line("queue-bookings", "POST", BOOKS_HOURS, "api", address={"slug": "queue_slug"}),
    Line("booking-list", "GET", STAFF, "api"),
    Line("booking-detail", "GET", SEES_HOURS, "api", address=BOOKING_OF),
    Line("booking-cancel", "POST", CHANGES_HOURS, "api", address=BOOKING_OF),
    Line("booking-reschedule", "POST", CHANGES_HOURS, "api", address=BOOKING_OF),
    # --- the queue's board and hours ------------------------------------------------------------------
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
    # --- private calendars, and mails that wait for a decision ----------------------------------------
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
    # --- the mail catcher of a person's own machine -------------------------------------------------
    Line("mail-list", "GET", EVERYBODY, "open"),
    Line("mail-message", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none"}),
    Line("mail-html", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none"}),
    Line("mail-attachment", "GET", EVERYBODY, "open", ok=(404,), address={"key": "=none", "number": "=1"}),
]
