"""Tier terms and personal limits."""

from types import SimpleNamespace

import pytest

from core.errors import Conflict, Invalid, NotAllowed
from core.models import OutboxEntry
from segments.actions.limits import clear_person_limit, set_person_limit, set_tier_terms
from segments.models import PersonLimit, TierTerms
from segments.queries import portfolio_load


def test_own_limit_counts_until_it_is_cleared(cast: SimpleNamespace) -> None:
    set_person_limit(actor=cast.manager, person=cast.csm, tier="high", portfolio_limit=3, why="Part time")
    load = portfolio_load([cast.csm])[cast.csm.pk]["high"]
    assert (load.used, load.limit, load.free, load.own_limit) == (1, 3, 2, True)
    clear_person_limit(actor=cast.manager, person=cast.csm, tier="high")
    assert portfolio_load([cast.csm])[cast.csm.pk]["high"].limit == 15
    with pytest.raises(Conflict):
        clear_person_limit(actor=cast.manager, person=cast.csm, tier="high")


def test_more_room_is_filled_soon_and_promised_once(cast: SimpleNamespace) -> None:
    for places in (3, 4):
        set_person_limit(actor=cast.manager, person=cast.csm, tier="high", portfolio_limit=places, why="More time")
    assert OutboxEntry.objects.filter(kind="segments.fill_portfolios").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"portfolio_limit": -1}, "portfolio_limit"),
        ({"portfolio_limit": 10**9}, "portfolio_limit"),
        ({"portfolio_limit": None}, "portfolio_limit"),
        ({"why": " "}, "why"),
        ({"tier": "huge"}, "tier"),
    ],
)
def test_limit_that_makes_no_sense_is_refused(cast: SimpleNamespace, values: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        set_person_limit(
            actor=cast.manager, person=cast.csm, **{"tier": "low", "portfolio_limit": 5, "why": "Part time"} | values
        )
    assert refusal.value.field == field
    assert not PersonLimit.objects.exists()


def test_company_terms_are_the_administrators(cast: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        set_tier_terms(actor=cast.manager, tier="low", portfolio_limit=1, monthly_minutes=1)
    set_tier_terms(actor=cast.administrator, tier="low", portfolio_limit=None, monthly_minutes=90)
    terms = TierTerms.current()["low"]
    assert (terms.portfolio_limit, terms.monthly_minutes) == (None, 90)
    assert portfolio_load([cast.csm])[cast.csm.pk]["low"].free is None
