"""Time given to customers, within the month's allowance."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import CompanySettings, TimelineEntry
from core.errors import Invalid, NotAllowed, NotFound
from segments import suggestions
from segments.actions.limits import set_tier_terms
from segments.actions.time import delete_time, edit_time, log_time, take_back_time
from segments.models import TimeEntry
from segments.queries import allowance_of, allowances_of
from segments.queries import allowances as allowance_queries
from segments.suggestions import Suggestion, suggestions_for
from tests.cast import make_customer

DAY = date(2026, 3, 10)


def log(cast: SimpleNamespace, minutes: int, on: date = DAY, **fields: object) -> TimeEntry:
    return log_time(
        actor=cast.other_csm,
        customer=cast.globex,
        person=cast.other_csm,
        on=on,
        minutes=minutes,
        activity="call",
        **fields,
    )


def test_logged_time_shows_what_is_left(cast: SimpleNamespace) -> None:
    log(cast, 45, note=" Setup questions ")
    log(cast, 30)
    allowance = allowance_of(cast.globex, DAY)
    assert (allowance.promised, allowance.used, allowance.left) == (120, 75, 45)
    entry = TimelineEntry.objects.filter(customer=cast.globex).earliest("id")
    assert (entry.summary, entry.why) == ("Gave 45 min on 2026-03-10: Call or meeting", "Setup questions")


def test_past_the_allowance_a_reason_is_asked(cast: SimpleNamespace) -> None:
    log(cast, 100)
    with pytest.raises(Invalid) as refusal:
        log(cast, 21)
    error = refusal.value
    assert (error.code, error.field) == ("over_allowance", "over_allowance_reason")
    assert error.details == {"promised": 120, "used": 100, "left": 20, "minutes": 21}
    assert "Only 20 min of March is left for Globex" in error.message
    assert TimeEntry.objects.count() == 1

    assert log(cast, 21, over_allowance_reason="Their launch week").over_allowance_reason == "Their launch week"
    allowance = allowance_of(cast.globex, DAY)
    assert (allowance.left, allowance.over) == (0, 1)


def test_reason_that_was_not_needed_is_not_kept(cast: SimpleNamespace) -> None:
    assert log(cast, 120, over_allowance_reason="Just in case").over_allowance_reason == ""


def test_every_month_begins_anew(cast: SimpleNamespace) -> None:
    log(cast, 120, on=date(2026, 3, 31))
    log(cast, 120, on=date(2026, 4, 1))
    assert allowance_of(cast.globex, date(2026, 3, 1)).left == 0
    assert allowance_of(cast.globex, date(2026, 5, 1)).left == 120


def test_high_touch_has_no_allowance_to_pass(cast: SimpleNamespace) -> None:
    entry = log_time(actor=cast.csm, customer=cast.acme, person=cast.csm, on=DAY, minutes=600, activity="review")
    assert entry.over_allowance_reason == ""
    assert allowance_of(cast.acme, DAY).left is None


def test_tech_touch_gets_personal_time_only_for_a_reason(cast: SimpleNamespace) -> None:
    small = make_customer("Small", tier="tech")
    with pytest.raises(Invalid) as refusal:
        log_time(actor=cast.support, customer=small, person=cast.support, on=DAY, minutes=5, activity="email")
    assert refusal.value.message.startswith("Nothing of March is left for Small")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"on": date(2099, 1, 1)}, "on"),
        ({"activity": "sleep"}, "activity"),
    ],
)
def test_what_cannot_be_is_refused(cast: SimpleNamespace, fields: dict, field: str) -> None:
    values = {"on": DAY, "minutes": 5, "activity": "call"} | fields
    with pytest.raises(Invalid) as refusal:
        log_time(actor=cast.other_csm, customer=cast.globex, person=cast.other_csm, **values)
    assert refusal.value.field == field


def test_today_is_the_companys(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance_queries.timezone, "now", lambda: datetime(2026, 3, 31, 20, 0, tzinfo=UTC))
    CompanySettings.current()
    CompanySettings.objects.update(time_zone="Asia/Kolkata")
    assert allowance_queries.company_today() == date(2026, 4, 1)
    CompanySettings.objects.update(time_zone="America/New_York")
    assert allowance_queries.company_today() == date(2026, 3, 31)


def test_own_entry_is_corrected_and_does_not_count_twice(cast: SimpleNamespace) -> None:
    entry = log(cast, 110)
    edit_time(actor=cast.other_csm, entry=entry, changes={"minutes": 120, "note": "The whole call"})
    assert allowance_of(cast.globex, DAY).left == 0
    with pytest.raises(Invalid) as refusal:
        edit_time(actor=cast.other_csm, entry=entry, changes={"minutes": 121})
    assert refusal.value.code == "over_allowance"
    with pytest.raises(Invalid):
        edit_time(actor=cast.other_csm, entry=entry, changes={"person": cast.csm})


def test_own_entry_is_deleted_and_the_audit_keeps_it(cast: SimpleNamespace) -> None:
    entry = log(cast, 110)
    pk = entry.pk
    delete_time(actor=cast.other_csm, entry=entry)
    assert allowance_of(cast.globex, DAY).left == 120
    labels = apps.get_model("segments", "TimeEntryEvent").objects.filter(id=pk).order_by("pgh_id")
    assert list(labels.values_list("pgh_label", "minutes")) == [("insert", 110), ("delete", 110)]
    entry.pk = pk
    with pytest.raises(NotFound):
        delete_time(actor=cast.other_csm, entry=entry)


def test_anothers_entry_is_not_touched(cast: SimpleNamespace) -> None:
    entry = log(cast, 10)
    with pytest.raises(NotAllowed):
        edit_time(actor=cast.manager, entry=entry, changes={"minutes": 5})
    with pytest.raises(NotAllowed):
        delete_time(actor=cast.manager, entry=entry)


def test_who_leads_the_person_takes_back_what_did_not_take_place(cast: SimpleNamespace) -> None:
    entry = log(cast, 10)
    for outsider in (cast.manager, cast.csm, cast.support):
        with pytest.raises(NotAllowed):
            take_back_time(actor=outsider, entry=entry, action="queue.host")
    take_back_time(actor=cast.administrator, entry=entry, action="queue.host")
    assert TimelineEntry.objects.get(kind="time.deleted").actor == cast.administrator
    own = log(cast, 10)
    take_back_time(actor=cast.other_csm, entry=own, action="queue.host")
    assert not TimeEntry.objects.exists()


def test_changed_terms_count_at_once(cast: SimpleNamespace) -> None:
    set_tier_terms(actor=cast.administrator, tier="low", portfolio_limit=80, monthly_minutes=10)
    with pytest.raises(Invalid):
        log(cast, 11)
    set_tier_terms(actor=cast.administrator, tier="low", portfolio_limit=80, monthly_minutes=None)
    log(cast, 1000)


def test_allowances_of_many_take_the_same_number_of_queries(cast: SimpleNamespace) -> None:
    customers = [make_customer(f"Many {n}", tier="low") for n in range(300)]
    CompanySettings.current()
    counts = []
    for size in (3, 300):
        with CaptureQueriesContext(connection) as queries:
            assert len(allowances_of(customers[:size])) == size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_suggestions_are_those_of_the_apps_that_have_some(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_providers", {})
    assert [one.title for one in suggestions_for(cast.globex, cast.csm)] == [
        "Material for self-study",
        "One-to-many queue",
    ]
    suggestions.register("library", lambda customer, user: [Suggestion("Guide", f"For {customer}", "/library/1/")])
    assert [one.text for one in suggestions_for(cast.globex, cast.csm)] == ["For Globex"]
