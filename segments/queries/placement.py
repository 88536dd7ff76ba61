"""Reads for placing customers: who takes customers, who has no CSM and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.access import visible_customers
from accounts.models import Assignment, Customer, Role, RoleGrant, Tier, User
from segments.placement import Candidate, Need, Placer, Room, room_text, why_no_place
from segments.queries.portfolios import Load, portfolio_load

# The tiers whose customers have a personal CSM, the one that is placed first leading.
PERSONAL_TIERS = (Tier.HIGH, Tier.LOW)


@dataclass(frozen=True)
class Suggestion:
    """A CSM as shown to somebody who chooses one for a customer."""

    person: User
    reasons: tuple[str, ...]
    room: str
    load: Load

    @property
    def has_room(self) -> bool:
        """Tell whether one more customer of this tier fits."""
        return self.load.has_room

    @property
    def why(self) -> str:
        """Return the reasons in one line, the room last."""
        return ", ".join((*self.reasons, self.room))


def csms() -> QuerySet[User]:
    """Return the active staff who hold the CSM's role."""
    holds = RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.CSM)
    return User.objects.filter(Exists(holds), kind=User.Kind.STAFF, is_active=True)


def csms_taking_customers() -> QuerySet[User]:
    """Return the CSMs to whom automatic assignment may give more customers, by id."""
    return csms().filter(takes_customers=True).order_by("pk")


def without_csm(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return those of the customers that are due a personal CSM and have none."""
    owner = Assignment.objects.filter(customer=OuterRef("pk"), role=Role.CSM, ends_at=None).values("person")
    # A lookup for each customer, not a join: a list ends after its first page, and a join's plan goes wrong while
    # portfolios fill faster than the database counts them.
    return customers.alias(csm=Subquery(owner[:1])).filter(csm=None, tier__in=PERSONAL_TIERS, merged_into=None)


def unassigned_customers(user: User) -> QuerySet[Customer]:
    """Return the high- and low-touch customers without a CSM that the person may see; `why_without_csm` says why."""
    return without_csm(visible_customers(user))


def why_without_csm(waiting: QuerySet[Customer] | None = None) -> dict[str, str]:
    """Return for each personal tier the reason why a customer of it may be without a CSM, in six queries at most.

    With `waiting`, only for the tiers of these customers.
    """
    tiers = [tier for tier in PERSONAL_TIERS if waiting is None or waiting.filter(tier=tier).exists()]
    rooms = rooms_of(csms_taking_customers()) if tiers else {}
    return {tier.value: why_no_place(tier, (room for (_, t), room in rooms.items() if t == tier)) for tier in tiers}


def count_without_csm(customer_ids: Iterable[int] | None = None) -> dict[str, int]:
    """Return how many customers of each personal tier have no CSM; for background work, as it counts them all."""
    customers = Customer.objects.all() if customer_ids is None else Customer.objects.filter(pk__in=customer_ids)
    counts = dict(without_csm(customers).order_by().values_list("tier").annotate(Count("id")))
    return {tier.value: counts.get(tier.value, 0) for tier in PERSONAL_TIERS}


def next_to_place(
    tier: str, *, limit: int, after: tuple[Decimal, int] | None = None, customer_ids: Iterable[int] | None = None
) -> list[int]:
    """Return the ids of at most `limit` customers of the tier without a CSM, the biggest ARR first.

    `after` is the MRR and the id of the one to continue behind.
    """
    customers = Customer.objects.filter(tier=tier)
    if customer_ids is not None:
        customers = customers.filter(pk__in=customer_ids)
    if after is not None:
        mrr, pk = after
        customers = customers.filter(Q(mrr__lt=mrr) | Q(mrr=mrr, pk__lt=pk), mrr__lte=mrr)
    return list(without_csm(customers).order_by(F("mrr").desc(), F("pk").desc()).values_list("pk", flat=True)[:limit])


def rooms_of(people: Iterable[User]) -> dict[tuple[int, str], Room]:
    """Return each CSM's room by its id and tier."""
    load = portfolio_load(people)
    return {(pk, tier): Room(one.used, one.limit) for pk, tiers in load.items() for tier, one in tiers.items()}


def need_of(customer: Customer) -> Need:
    """Return what placing looks at in the customer."""
    return Need(
        pk=customer.pk,
        tier=customer.tier or "",
        language=customer.language,
        time_zone=customer.time_zone,
        country=customer.country,
    )


def candidate_of(person: User) -> Candidate:
    """Return what placing looks at in the CSM; who names no spoken language speaks that of its pages."""
    return Candidate(
        pk=person.pk,
        name=str(person),
        languages=tuple(person.spoken_languages or [person.language]),
        time_zone=person.time_zone,
        country=person.country,
    )


def suggestions_for(customer: Customer) -> list[Suggestion]:
    """Return all CSMs for the customer: those with room first, the best fit of them first; those full last."""
    people = {person.pk: person for person in csms().order_by("pk")}
    load = portfolio_load(people.values())
    tier = customer.tier or Tier.LOW
    rooms = {(pk, tier): Room(tiers[tier].used, tiers[tier].limit) for pk, tiers in load.items()}
    need = replace(need_of(customer), tier=tier)
    placer = Placer([candidate_of(person) for person in people.values()], rooms, timezone.now())
    return [
        Suggestion(
            person=people[fit.candidate.pk],
            reasons=fit.reasons,
            room=room_text(rooms[fit.candidate.pk, tier], tier),
            load=load[fit.candidate.pk][tier],
        )
        for fit in placer.ranked(need)
    ]
