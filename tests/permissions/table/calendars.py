"""Hours, absences, the calendar."""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import ADMIN, ADMINS, CSM, MANAGER, OTHER_CSM, STAFF, WITH_A_ROLE

# One's own hours and absences, a manager those of its people.
SEES_CALENDARS = Of({CSM, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})

LINES = [
    # --- hours, absences, the calendar --------------------------------------------------------------
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
    # --- the API, as a browser's session reaches it; tokens are the same people ---------------------
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
]
