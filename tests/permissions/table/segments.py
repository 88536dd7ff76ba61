"""Tiers, what-ifs, portfolios, capacity, rebalances."""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import (
    ADMIN,
    ADMINS,
    AE,
    CSM,
    MANAGER,
    MANAGERS,
    OTHER_CSM,
    READS_RULES,
    SDR,
    SEES_PORTFOLIOS,
    STAFF,
)
from tests.permissions.table.who import CUSTOMER, SEES, SEES_ACME, SEES_GLOBEX, STEERS, STEERS_PEOPLE, of

LOGS = of(SEES_ACME - {SDR, AE}, SEES_GLOBEX)
SEES_PEOPLE = Of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
# A manager looks at the capacity of its teams; whoever manages nobody is told so.
CAPACITY_OF = Of({MANAGER, ADMIN}, {ADMIN}, STAFF - {MANAGER}, STAFF - {MANAGER})
GAVE_BACK = of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
GAVE_TIME = of({CSM}, {OTHER_CSM})
MOVE_OF = {"pk": ("move_of_acme", "move_of_globex")}
REBALANCE_OF = {"pk": ("rebalance_of_csm", "rebalance_of_other_csm")}
# A manager rebalances between the people of its teams.
REBALANCES = Of({MANAGER, ADMIN}, {ADMIN}, STAFF - {MANAGER}, STAFF - {MANAGER})
RULE_SET = {"pk": "rule_set"}
RULES = {
    "name": "New rules",
    "fallback_tier": "tech",
    "margin_percent": 10,
    "minimum_days": 30,
    "approval_arr": None,
    "rules": [],
}

LINES = [
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
    # --- what-ifs: one's own, and the one that the administrator shares -----------------------------
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
    # --- the API, as a browser's session reaches it; tokens are the same people ---------------------
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
]
