"""Reads of rebalances: the list, a proposal's moves, the loads before and after, and what has changed since."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.access import customers_within
from accounts.models import Assignment, Customer, Role, RoleGrant, Tier, User
from segments.models import Rebalance, RebalanceMove
from segments.queries.portfolios import Load, portfolio_load
from segments.rebalancing import Rails

State = Rebalance.State
OPEN_CSM = Assignment.objects.filter(role=Role.CSM, ends_at=None)


# --- what changed since ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """What is no longer as the proposal saw it: with a customer (its id and name) or with a CSM's places."""

    text: str
    name: str
    customer: int | None = None
    move: int | None = None

    def told(self) -> dict[str, Any]:
        """Return it as the API and the page's refusal tell it."""
        return {"customer": self.customer, "name": self.name, "text": self.text}


def changed_moves(rebalance: Rebalance, *, applied: bool = False) -> QuerySet[RebalanceMove]:
    """Return the accepted moves that no longer hold, each with its `current` assignment's id.

    A move holds while the customer's open assignment is the one that was seen (for an undo: the one that the act
    opened), the tier is the same and who would take it is an active CSM.
    """
    seen = "assignment_after" if applied else "assignment_before"
    taker = "from_person" if applied else "to_person"
    is_csm = Exists(RoleGrant.objects.filter(role=Role.CSM, user=OuterRef(taker)))
    moves = RebalanceMove.objects.filter(rebalance=rebalance, is_accepted=True).annotate(
        current=Subquery(OPEN_CSM.filter(customer=OuterRef("customer")).values("pk")[:1])
    )
    same = Q(current=F(seen))
    able = Q(is_csm, **{f"{taker}__is_active": True})
    if applied:
        # Who was nobody's before becomes nobody's again.
        able |= Q(from_person=None)
    else:
        same |= Q(current=None, assignment_before=None, from_person=None)
    holding = moves.filter(same, able, customer__tier=F("tier"), customer__merged_into=None)
    return moves.exclude(pk__in=holding.values("pk"))


def changes_of(rebalance: Rebalance, *, applied: bool = False, limit: int = 200) -> list[Change]:
    """Return in words what changed with the customers since, at most `limit` of them; two queries."""
    moves = list(
        changed_moves(rebalance, applied=applied)
        .select_related("customer", "from_person", "to_person", "assignment_after")
        .order_by("pk")[:limit]
    )
    current = Assignment.objects.select_related("person").in_bulk([one.current for one in moves if one.current])  # type: ignore[attr-defined]
    return [
        Change(
            text=_change_text(move, current.get(move.current), applied=applied),  # type: ignore[attr-defined]
            name=move.customer.name,
            customer=move.customer_id,
            move=move.pk,
        )
        for move in moves
    ]


def places_missing(change: Counter[tuple[int, str]], entering: Iterable[tuple[int, str]]) -> list[Change]:
    """Return the CSMs whom the moves would take past a limit; three queries and one for the names.

    `change` is by how much each portfolio grows, `entering` who gets customers at all.
    """
    keys = sorted(set(entering))
    people = User.objects.in_bulk({person for person, _ in keys})
    load = portfolio_load(people.values())
    missing = []
    for person, tier in keys:
        one = load[person][tier]
        after = one.used + change[person, tier]
        if one.limit is not None and after > one.limit:
            text = f"has {one.used} {tier}-touch customers now and would have {after}; the limit is {one.limit}"
            missing.append(Change(text=text, name=str(people[person])))
    return missing


def _change_text(move: RebalanceMove, current: Assignment | None, *, applied: bool) -> str:
    if move.customer.merged_into_id is not None:
        return "was merged into another customer"
    seen = move.assignment_after_id if applied else move.assignment_before_id
    if (current.pk if current else None) != seen:
        was = move.to_person if applied else move.from_person
        if current is not None and was is not None and current.person_id == was.pk:
            return f"left {was} and came back"
        return f"was with {was or 'nobody'}, is with {current.person if current else 'nobody'} now"
    if move.customer.tier != move.tier:
        now = Tier(move.customer.tier).label.lower() if move.customer.tier else "in no tier"
        return f"was {Tier(move.tier).label.lower()}, is {now} now"
    taker = move.from_person if applied else move.to_person
    return f"{taker} is no active CSM any more"


# --- loads ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TierLoad:
    """One CSM's customers of one tier before and after the accepted moves."""

    tier: str
    before: int
    after: int
    limit: int | None

    @property
    def over(self) -> int:
        """Return how many there are past the limit after the moves."""
        return max(0, self.after - self.limit) if self.limit is not None else 0

    @property
    def was_over(self) -> int:
        """Return how many there were past the limit before."""
        return max(0, self.before - self.limit) if self.limit is not None else 0

    @property
    def tone(self) -> str:
        """Return how the bar looks."""
        return "bad" if self.over else ""

    @property
    def bar_max(self) -> int:
        """Return what the bar's full length stands for."""
        return max(self.limit or 0, self.before, self.after, 1)

    @property
    def text(self) -> str:
        """Return the load in words: "19 → 15 of 15"."""
        count = f"{self.before} → {self.after}" if self.before != self.after else f"{self.after}"
        return f"{count} of {self.limit}" if self.limit is not None else f"{count}, no limit"


@dataclass(frozen=True)
class PersonLoads:
    """One CSM with its loads, and how many customers come and go."""

    pk: int
    name: str
    comes: int
    goes: int
    tiers: list[TierLoad]

    @property
    def is_over(self) -> bool:
        """Tell whether a limit is passed after the moves."""
        return any(one.over for one in self.tiers)

    @property
    def is_touched(self) -> bool:
        """Tell whether there is something to look at: customers come or go, or a limit is passed."""
        return bool(self.comes or self.goes) or any(one.over or one.was_over for one in self.tiers)


@dataclass(frozen=True)
class Loads:
    """The loads of everybody in a rebalance, and the sums of its accepted moves."""

    rows: list[PersonLoads]
    moves: int
    placed: int
    arr: Decimal

    @property
    def touched(self) -> list[PersonLoads]:
        """Return those for whom something changes, or should."""
        return [row for row in self.rows if row.is_touched]

    @property
    def quiet(self) -> list[PersonLoads]:
        """Return those for whom nothing changes, who are within their limits."""
        return [row for row in self.rows if not row.is_touched]

    @property
    def past(self) -> list[tuple[PersonLoads, TierLoad]]:
        """Return who is past which limit after the moves."""
        return [(row, one) for row in self.rows for one in row.tiers if one.over]

    def kept(self) -> list[dict[str, Any]]:
        """Return the loads as JSON keeps them, for reading after the act."""
        return [
            {
                "pk": row.pk,
                "name": row.name,
                "comes": row.comes,
                "goes": row.goes,
                "tiers": [[one.tier, one.before, one.after, one.limit] for one in row.tiers],
            }
            for row in self.rows
        ]


@dataclass(frozen=True)
class Sums:
    """The accepted moves in sums: by whom they leave and to whom they come, by tier."""

    leaving: Counter[tuple[int, str]]
    entering: Counter[tuple[int, str]]
    moves: int
    placed: int
    arr: Decimal

    @property
    def change(self) -> Counter[tuple[int, str]]:
        """Return by how much each portfolio grows; negative where it shrinks."""
        change = Counter(self.entering)
        change.subtract(self.leaving)
        return change


def sums_of(moves: QuerySet[RebalanceMove]) -> Sums:
    """Return the sums of these moves; one query."""
    rows = moves.order_by().values("from_person", "to_person", "tier").annotate(count=Count("pk"), sum=Sum("arr"))
    leaving: Counter[tuple[int, str]] = Counter()
    entering: Counter[tuple[int, str]] = Counter()
    placed, arr = 0, Decimal(0)
    for row in rows:
        entering[row["to_person"], row["tier"]] += row["count"]
        arr += row["sum"]
        if row["from_person"] is None:
            placed += row["count"]
        else:
            leaving[row["from_person"], row["tier"]] += row["count"]
    return Sums(leaving, entering, entering.total(), placed, arr)


def accepted(rebalance: Rebalance) -> QuerySet[RebalanceMove]:
    """Return the moves that the manager keeps."""
    return RebalanceMove.objects.filter(rebalance=rebalance, is_accepted=True)


def loads_of(rebalance: Rebalance) -> Loads:
    """Return everybody's loads now and after the accepted moves that still hold, or as the act left them.

    At most five queries.
    """
    moves, rails = accepted(rebalance), Rails.read(rebalance.options)
    if "loads" in rebalance.result:
        sums = sums_of(moves)
        return Loads([_row_kept(one) for one in rebalance.result["loads"]], sums.moves, sums.placed, sums.arr)
    # Who has gone elsewhere since is counted where it is now.
    sums = sums_of(moves.exclude(pk__in=changed_moves(rebalance).values("pk")))
    people = list(User.objects.filter(pk__in=rebalance.people).order_by("name", "pk"))
    load = portfolio_load(people)
    rows = [_row(person, load[person.pk], sums, rails.tiers) for person in people]
    # Who is past a limit comes first, then who gives or gets the most.
    rows.sort(key=lambda row: (not any(one.was_over or one.over for one in row.tiers), -(row.comes + row.goes)))
    return Loads(rows, sums.moves, sums.placed, sums.arr)


def _row(person: User, load: Mapping[str, Load], sums: Sums, tiers: Iterable[str]) -> PersonLoads:
    change = sums.change
    return PersonLoads(
        pk=person.pk,
        name=str(person),
        comes=sum(sums.entering[person.pk, tier] for tier in tiers),
        goes=sum(sums.leaving[person.pk, tier] for tier in tiers),
        tiers=[
            TierLoad(tier, load[tier].used, load[tier].used + change[person.pk, tier], load[tier].limit)
            for tier in tiers
        ],
    )


def _row_kept(one: Mapping[str, Any]) -> PersonLoads:
    return PersonLoads(one["pk"], one["name"], one["comes"], one["goes"], [TierLoad(*tier) for tier in one["tiers"]])


# --- moves ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MoveFilter:
    """What a proposal's moves are narrowed to; an empty value narrows nothing."""

    name: str = ""
    person: int | None = None
    tier: str = ""
    kind: str = ""


KINDS: dict[str, Q] = {
    "accepted": Q(is_accepted=True),
    "removed": Q(is_accepted=False),
    "by_hand": Q(is_by_hand=True),
    "placed": Q(from_person=None),
}


def moves_of(rebalance: Rebalance, wanted: MoveFilter) -> QuerySet[RebalanceMove]:
    """Return the proposal's moves with their people and customers, as a page shows them."""
    moves = RebalanceMove.objects.filter(rebalance=rebalance).select_related("customer", "from_person", "to_person")
    if wanted.name:
        moves = moves.filter(customer__name__icontains=wanted.name)
    if wanted.person:
        moves = moves.filter(Q(from_person=wanted.person) | Q(to_person=wanted.person))
    if wanted.tier:
        moves = moves.filter(tier=wanted.tier)
    return moves.filter(KINDS[wanted.kind]) if wanted.kind in KINDS else moves


def movable_customers(rebalance: Rebalance, user: User, name: str, limit: int = 20) -> list[Customer]:
    """Return customers of these portfolios, and without a CSM, whose name contains this; each with its `csm_name`."""
    tiers = Rails.read(rebalance.options).tiers
    held = OPEN_CSM.filter(customer=OuterRef("pk"))
    customers = customers_within(user, "assignment.change").filter(tier__in=tiers, name__icontains=name)
    customers = customers.annotate(csm_name=Subquery(held.values("person__name")[:1]))
    mine = Exists(held.filter(person__in=rebalance.people))
    return list(customers.filter(mine | ~Exists(held)).order_by("name", "pk")[:limit])


# --- words ----------------------------------------------------------------------------------------
def sentence_of(rebalance: Rebalance, loads: Loads) -> str:
    """Return in one plain sentence what the rebalance does, or did."""
    if rebalance.state == State.UNDONE:
        return f"{_moves_in_words(loads)}, and came back when it was undone."
    outcome = _limits_in_words(loads)
    if rebalance.state == State.APPLIED:
        return f"{_moves_in_words(loads)}; with that {outcome}."
    if loads.moves:
        return f"If {_moves_in_words(loads)}, {outcome}."
    if loads.past:
        return f"No move is left that would help: {outcome}."
    return f"Nobody needs to move: {outcome} already."


def _limits_in_words(loads: Loads) -> str:
    people, past = len(loads.rows), len(loads.past)
    if not past:
        return f"all {people} CSMs are within the limits" if people > 1 else "the CSM is within the limits"
    within = sum(not row.is_over for row in loads.rows)
    kept = (
        f"{within} of {people} CSMs {'is' if within == 1 else 'are'} within the limits"
        if within
        else "nobody is within the limits"
    )
    return f"{kept} and {past} {'limit is' if past == 1 else 'limits are'} still passed"


def _moves_in_words(loads: Loads) -> str:
    count = f"{loads.moves:,} {'customer' if loads.moves == 1 else 'customers'}"
    first = f", {loads.placed:,} of them to a first CSM" if 0 < loads.placed < loads.moves else ""
    if loads.moves and loads.placed == loads.moves:
        return f"{count} without a CSM {'gets' if loads.moves == 1 else 'get'} one"
    return f"{count} {'changes' if loads.moves == 1 else 'change'} the CSM{first}"


def rails_in_words(rebalance: Rebalance, names: Mapping[int, str]) -> list[str]:
    """Return the guard rails and aims as they were chosen, one sentence each."""
    rails = Rails.read(rebalance.options)
    hours = f"{rails.zone_hours:g} h"
    words = [
        f"No move within {rails.renewal_days} days of a renewal." if rails.renewal_days else "",
        "The customer's language is kept." if rails.keep_language else "The language may change.",
        {
            "now": f"The new CSM is further away than the present one by at most {hours}.",
            "within": f"The new CSM is at most {hours} away.",
        }.get(rails.zone, "Any time zone will do."),
        "Pinned customers stay." if rails.pinned_stay else "Pinned customers may move.",
        "Whom a manager let past a limit stays."
        if rails.let_past_stay
        else "Whom a manager let past a limit may move.",
        "Customers without a CSM get one as far as places reach." if rails.place_unassigned else "",
        "How full portfolios are is evened out." if rails.even_out else "",
        "Only " + " and ".join(Tier(tier).label.lower() for tier in rails.tiers) + "." if len(rails.tiers) == 1 else "",
        *(f"{names.get(pk, 'Somebody')} gives the whole portfolio over." for pk in rails.emptied),
    ]
    return [word for word in words if word]
