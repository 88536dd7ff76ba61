"""Makers of small companies with an overload, and of proposals over them."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from accounts.models import Assignment, Customer, Role, User
from segments.actions.rebalances import propose_rebalance, run_rebalance
from segments.models import PersonLimit, Rebalance
from segments.rebalancing import Rails
from tests.cast import assign, make_customer, make_person, make_team

A_YEAR = timedelta(days=365)


def make_csm(name: str, limit: int, **fields: Any) -> User:
    """Return a CSM in Berlin who may have so many customers of each tier."""
    fields = {"time_zone": "Europe/Berlin", "spoken_languages": ["en", "de"], **fields}
    person = make_person(f"{name.lower()}@company.example", Role.CSM, name=name, **fields)
    for tier in ("high", "low"):
        PersonLimit.objects.create(person=person, tier=tier, portfolio_limit=limit)
    return person


def give(person: User | None, *names: str, tier: str = "high", **fields: Any) -> list[Customer]:
    """Return new German customers of this CSM, who have been together for a year, from before the limit was lowered."""
    fields = {"language": "de", "time_zone": "Europe/Berlin", "country": "DE", "mrr": 1_000, **fields}
    made = [make_customer(name, tier=tier, **fields) for name in names]
    if person is not None:
        limits = person.portfolio_limits.all()
        before = limits[0].portfolio_limit
        limits.update(portfolio_limit=len(names) + before)
        for customer in made:
            assign(customer, person, starts_at=timezone.now() - A_YEAR)
        limits.update(portfolio_limit=before)
    return made


def overloaded() -> SimpleNamespace:
    """Return a team whose manager sees Dana two past her limit, Ana with room and Ben, full."""
    dana, ana, ben = make_csm("Dana", 3), make_csm("Ana", 4), make_csm("Ben", 1)
    manager = make_person("boss@company.example", Role.MANAGER, name="Maya")
    make_team("Team East", manager=manager, members=(dana, ana, ben))
    of_dana = give(dana, "Dorado", "Delta", "Domino", "Dahlia", "Dune")
    return SimpleNamespace(
        dana=dana,
        ana=ana,
        ben=ben,
        manager=manager,
        of_dana=of_dana,
        of_ana=give(ana, "Amber"),
        of_ben=give(ben, "Birch"),
    )


def propose(company: SimpleNamespace, people: Sequence[User] = (), **rails: Any) -> Rebalance:
    """Return a proposal between these people, or all of the company, worked out."""
    ids = [person.pk for person in people or (company.dana, company.ana, company.ben)]
    rebalance = propose_rebalance(actor=company.manager, people=ids, rails=Rails(**rails))
    assert run_rebalance(rebalance.pk)
    rebalance.refresh_from_db()
    assert rebalance.state == Rebalance.State.PROPOSED, rebalance.error
    return rebalance


def portfolios() -> dict[str, list[str]]:
    """Return whose customers are whose, by names."""
    held: dict[str, list[str]] = {}
    rows = Assignment.objects.filter(role=Role.CSM, ends_at=None).order_by("customer__name")
    for person, customer in rows.values_list("person__name", "customer__name"):
        held.setdefault(person, []).append(customer)
    return held
