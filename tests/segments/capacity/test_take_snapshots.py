"""Daily snapshots: once a day of the company, never changed."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import CompanySettings
from cs_platform.celery import app
from segments.actions.snapshots import take_snapshots
from segments.models import CapacitySnapshot
from segments.queries.capacity.trend import trend_of
from segments.tasks import take_capacity_snapshots
from tests.cast import assign, make_customer, make_person

DAY = date(2026, 11, 23)


def test_second_snapshot_of_a_day_changes_nothing(cast: SimpleNamespace) -> None:
    make_customer("Waiting", tier="high", mrr=3)
    assert take_snapshots(today=DAY) == 3
    before = list(CapacitySnapshot.objects.order_by("pk").values())
    assign(make_customer("New", tier="high", mrr=9), cast.csm)
    assert take_snapshots(today=DAY) == 3
    assert list(CapacitySnapshot.objects.order_by("pk").values()) == before
    company = CapacitySnapshot.objects.get(person=None)
    assert (company.high, company.low, company.unassigned) == (1, 1, 1)
    own = CapacitySnapshot.objects.get(person=cast.csm)
    assert (own.high, own.high_limit, own.low_limit) == (1, 15, 80)


def test_history_stays_when_a_day_is_added(cast: SimpleNamespace) -> None:
    take_snapshots(today=DAY)
    assign(make_customer("New", tier="high", mrr=9), cast.csm)
    take_snapshots(today=date(2026, 11, 24))
    rows = CapacitySnapshot.objects.filter(person=cast.csm).order_by("on")
    assert [(row.on.day, row.high, int(row.arr)) for row in rows] == [(23, 1, 0), (24, 2, 108)]
    days = trend_of([cast.csm.pk], date(2026, 11, 24))
    assert [day["on"].day for day in days] == [23, 24]
    # Each is rounded to the minute.
    assert days[1]["promised"] == pytest.approx(2 * days[0]["promised"], abs=1)
    company = trend_of(None, date(2026, 11, 24))
    assert company[0]["promised"] > days[0]["promised"]


def test_day_is_the_companys(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    CompanySettings.current()
    CompanySettings.objects.update(time_zone="Pacific/Auckland")
    # 23 November in London, the 24th in Auckland.
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 11, 23, 12, 30, tzinfo=UTC))
    assert take_capacity_snapshots() == 3
    assert set(CapacitySnapshot.objects.values_list("on", flat=True)) == {date(2026, 11, 24)}


def test_one_statement_writes_them_all(cast: SimpleNamespace) -> None:
    def written() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            take_snapshots(today=DAY)
        CapacitySnapshot.objects.all().delete()
        inserts = [query for query in captured.captured_queries if query["sql"].startswith("INSERT")]
        return len(inserts), len(captured)

    written()
    few = written()
    for number in range(20):
        person = make_person(f"csm{number}@company.example", "csm")
        assign(make_customer(f"Customer {number}", tier="high"), person)
    assert written() == few
    assert few[0] == 1


def test_beat_takes_them(cast: SimpleNamespace) -> None:
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "segments.tasks.take_capacity_snapshots" in names
