"""Makers of plain companies for the tests of scenarios."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from segments.capacity.inputs import CapacityInput, EventPlan, PersonInput, Terms
from segments.placement import Candidate
from segments.scenarios.company import Account, Company

MONDAY = date(2026, 11, 23)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEKS = 13
FULL_WEEK = 2400
ANA, BEN = 1, 2


def terms(**fields: Any) -> Terms:
    """Return terms with easy numbers: 15 high or 80 low touch, 75 per cent, a renewal takes two weeks."""
    given = {
        "utilisation_target": 75,
        "days_without_contact": 90,
        "planned_minutes": {"high": 480, "low": 90, "tech": 0},
        "limits": {"high": 15, "low": 80, "tech": None},
        "events": {("renewal", "high"): EventPlan(140, 2)},
    }
    return Terms(**(given | fields))


def csm(
    pk: int, name: str, *, used: Mapping[str, int] | None = None, week: int = FULL_WEEK, **fields: Any
) -> PersonInput:
    """Return a CSM who works so many minutes in each week, with so many customers of 120 a year each."""
    hours = (week,) * WEEKS
    used = used or {}
    return PersonInput(
        pk,
        name,
        customers=dict(used),
        arr_by_tier={tier: Decimal(120) * count for tier, count in used.items()},
        **({"limits": terms().limits, "working": hours, "absent": (0,) * WEEKS, "free": hours} | fields),
    )


def account(pk: int, tier: str = "high", person: int | None = None, **fields: Any) -> Account:
    """Return a customer of 10 a month; with a CSM it counts there in its own tier."""
    given = {"mrr": Decimal(10), "tier": tier, "person": person, "held_tier": tier if person else ""}
    return Account(pk, **(given | fields))


def company(*people: PersonInput, **fields: Any) -> Company:
    """Return a company of these CSMs, all of whom take customers."""
    inputs = CapacityInput(date(2026, 11, 22), MONDAY, WEEKS, fields.pop("terms", terms()), people)
    given = {"candidates": tuple(Candidate(one.person_id, one.name) for one in people)}
    return Company(inputs, AT, **(given | fields))
