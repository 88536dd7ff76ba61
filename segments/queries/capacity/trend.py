"""What snapshots tell: how it was on a day, and how it went."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from segments.capacity.figures import Balance
from segments.models import CapacitySnapshot

# How far back a row's trend looks, and the chart.
TREND_DAYS = 30
CHART_DAYS = 91


@dataclass(frozen=True)
class Before:
    """The near balances of people on an earlier day; without a day there is no snapshot yet."""

    on: date | None
    by_person: dict[int, Balance]


def before(people_ids: Collection[int], today: date) -> Before:
    """Return how it was thirty days ago, or on the oldest day there is where history is shorter; two queries."""
    days = CapacitySnapshot.objects.filter(person=None)
    wanted = days.filter(on__lte=today - timedelta(days=TREND_DAYS)).order_by("-on").values_list("on", flat=True)
    oldest = days.filter(on__lt=today).order_by("on").values_list("on", flat=True)
    on = wanted.first() or oldest.first()
    if on is None:
        return Before(None, {})
    rows = CapacitySnapshot.objects.filter(on=on, person__in=people_ids)
    found = rows.values_list("person_id", "promised_minutes", "available_minutes")
    return Before(on, {person: Balance(promised, available) for person, promised, available in found})


def trend_of(people_ids: Collection[int] | None, today: date) -> list[dict[str, Any]]:
    """Return the daily sums of a quarter of these people's snapshots, or the company's own rows for None."""
    rows = CapacitySnapshot.objects.filter(on__gt=today - timedelta(days=CHART_DAYS), on__lte=today)
    rows = rows.filter(person=None) if people_ids is None else rows.filter(person__in=people_ids)
    sums = rows.order_by("on").values("on")
    return [
        dict(day)
        for day in sums.annotate(
            promised=Sum("promised_minutes"), available=Sum("available_minutes"), logged=Sum("logged_minutes")
        )
    ]


def trend_chart(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the trend as a line chart takes it, in hours."""
    names = {"promised": "Promised", "available": "Available", "logged": "Logged"}
    return {
        "categories": [day["on"].isoformat() for day in days],
        "series": [{"name": name, "values": [round(day[key] / 60, 1) for day in days]} for key, name in names.items()],
        "unit": "h",
    }
