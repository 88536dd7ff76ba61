"""Works a scenario out: pure, from the company as it is and the changes to what comes of them.

Today is worked out the same way without changes, so that whatever differs is the changes' doing. In both, customers who
wait while there is a place are placed, as the next filling would.
"""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from accounts.models import Tier
from segments.capacity.figures import PersonCapacity, WeekCapacity, worked_out
from segments.capacity.inputs import CapacityInput, EventPlan, PersonInput, Terms
from segments.placement import Candidate, why_no_place
from segments.scenarios.changes import FULL_WEEK_MINUTES, TIERS, Changes, Hire
from segments.scenarios.company import USUAL_EVENT_WEEKS, Company, Move
from segments.scenarios.outcome import Left, Outcome, PersonOutcome, WeekOutcome
from segments.scenarios.portfolios import NOBODY, Portfolios
from segments.simulation import Flow, Sum

# Ids of people who are not there yet: beyond any that the database gives.
HIRED_FROM = 10**15
DAYS_A_WEEK = 7


def work_out(company: Company, changes: Changes, moves: Collection[Move] = ()) -> Outcome:
    """Return what comes of the changes; `moves` are the customers that the changed thresholds lead elsewhere."""
    return _Working(company, changes, moves).outcome()


def settled(company: Company, changes: Changes) -> tuple[Changes, list[str]]:
    """Return the changes as far as they still apply, and a sentence for each one that does not any more."""
    known = {person.person_id for person in company.inputs.people if person.is_csm}
    gone_people = sorted(changes.people_ids - known)
    asked = {threshold.key: threshold.value for threshold in company.thresholds}
    gone_rules = sorted(key for key in changes.thresholds if key not in asked)
    # A number that the rules have already changes nothing.
    thresholds = {key: value for key, value in changes.thresholds.items() if asked.get(key, value) != value}
    left = replace(changes.only_about(known), thresholds=thresholds)
    names = company.names
    sentences = [
        f"{names.get(person, 'Somebody in it')} is not a CSM any more; the scenario goes on without that change."
        for person in gone_people
    ]
    sentences += [
        f"The rule “{key.rule}” does not ask for this number any more; the scenario goes on without that threshold."
        for key in gone_rules
    ]
    return left, sentences


@dataclass(frozen=True)
class _Newcomer:
    person: PersonInput
    candidate: Candidate
    starts: date
    week: int


class _Working:
    def __init__(self, company: Company, changes: Changes, moves: Collection[Move]) -> None:
        self._company = company
        self._changes = changes
        self._moves = moves
        self._flows = _flows(moves)
        self._inputs = company.inputs
        self._terms = _terms(company.inputs.terms, changes)
        self._newcomers = list(self._hired())
        self._people = [*(self._changed(person) for person in company.inputs.people)]
        self._people += [newcomer.person for newcomer in self._newcomers]
        self._left_in = {person: self._week(starts) for person, starts in changes.leaving.items()}

    def outcome(self) -> Outcome:
        """Return the figures."""
        known = {account.pk: account for account in self._company.waiting}
        for portfolio in self._company.portfolios.values():
            known |= {account.pk: account for account in portfolio}
        known |= {move.account.pk: move.account for move in self._moves}
        limits = {person.person_id: person.limits for person in self._people}
        events = {kind: plan for kind, plan in self._terms.events.items() if plan.minutes}
        portfolios = Portfolios(self._inputs, events, limits, known.values())
        portfolios.follow(self._moves)
        tiers = {move.account.pk: move.to_tier for move in self._moves}
        stages: list[tuple[int, CapacityInput]] = []
        for week in self._turning_weeks():
            for person in [person for person, left in self._left_in.items() if left == week]:
                portfolios.release(person, week, tiers)
            portfolios.fill(self._candidates(week), week, self._company.at)
            stages.append((week, self._stage(portfolios, week)))
        return self._summed(portfolios, _stitched(stages))

    # --- people -----------------------------------------------------------------------------------
    def _changed(self, person: PersonInput) -> PersonInput:
        """Return the person with the limits and hours that the scenario gives."""
        pk, changes = person.person_id, self._changes
        limits = dict(person.limits)
        for tier in TIERS:
            if (pk, tier) in changes.own_limits:
                limits[tier] = changes.own_limits[pk, tier]
            elif tier in changes.limits and (pk, tier) not in self._company.own_limits:
                limits[tier] = changes.limits[tier]
        person = replace(person, limits=limits)
        if pk in changes.hours:
            change = changes.hours[pk]
            person = _with_hours(person, self._week(change.starts), change.weekly_minutes, self._inputs.weeks)
        if pk in changes.leaving:
            person = _gone_from(person, self._week(changes.leaving[pk]))
        return person

    def _hired(self) -> Iterator[_Newcomer]:
        number = 0
        taken = set(self._company.names.values())
        for hire in self._changes.hires:
            week = self._week(hire.starts)
            hours = (0,) * week + (hire.weekly_minutes,) * (self._inputs.weeks - week)
            for place in range(1, hire.count + 1):
                number += 1
                pk, name = HIRED_FROM + number, _name_of(hire, place, number)
                name = f"{name} (new)" if name in taken else name
                person = PersonInput(
                    pk, name, limits=self._limits_of(hire), working=hours, absent=(0,) * len(hours), free=hours
                )
                yield _Newcomer(person, Candidate(pk, name, hire.languages, hire.time_zone), hire.starts, week)

    def _limits_of(self, hire: Hire) -> dict[str, int | None]:
        """Return the limits of somebody new: those given, else the tiers' own, smaller for less than a full week."""
        limits: dict[str, int | None] = {**self._terms.limits}
        for tier in TIERS:
            usual = limits.get(tier)
            if tier in hire.limits:
                limits[tier] = hire.limits[tier]
            elif usual is not None and hire.weekly_minutes < FULL_WEEK_MINUTES:
                limits[tier] = usual * hire.weekly_minutes // FULL_WEEK_MINUTES
        return limits

    def _candidates(self, week: int) -> list[Candidate]:
        """Return who is given customers in this week: nobody who is going to leave, and no one before the start."""
        there = [one for one in self._company.candidates if one.pk not in self._changes.leaving]
        return there + [one.candidate for one in self._newcomers if one.week <= week]

    # --- weeks ------------------------------------------------------------------------------------
    def _week(self, monday: date) -> int:
        """Return the number of the week, 0 for what began before."""
        return max(0, (monday - self._inputs.first_monday).days // DAYS_A_WEEK)

    def _turning_weeks(self) -> list[int]:
        """Return the weeks in which portfolios change: the first, and those in which somebody comes or leaves."""
        turning = {0, *self._left_in.values(), *(one.week for one in self._newcomers)}
        return sorted(week for week in turning if week < self._inputs.weeks)

    def _stage(self, portfolios: Portfolios, week: int) -> CapacityInput:
        """Return the inputs with the portfolios as they are from this week on; who waits is in them as nobody."""
        people = [_with_portfolio(person, portfolios) for person in self._people]
        nobody = PersonInput(NOBODY, "", is_csm=False, other_demand=self._left_over(week))
        people.append(_with_portfolio(nobody, portfolios))
        return replace(self._inputs, terms=self._terms, people=tuple(people))

    def _left_over(self, week: int) -> dict[str, tuple[float, ...]]:
        """Return the booked hours and the like of those who have left by then: somebody has to give them."""
        summed: dict[str, list[float]] = {}
        for person in self._inputs.people:
            left = self._left_in.get(person.person_id)
            if left is None or left > week:
                continue
            for name, minutes in person.other_demand.items():
                kept = summed.setdefault(name, [0.0] * self._inputs.weeks)
                for number in range(left, self._inputs.weeks):
                    kept[number] += minutes[number]
        return {name: tuple(minutes) for name, minutes in summed.items()}

    # --- the sum ----------------------------------------------------------------------------------
    def _summed(self, portfolios: Portfolios, people: Sequence[PersonCapacity]) -> Outcome:
        *staff, nobody = people
        starts = {one.person.person_id: one.starts for one in self._newcomers}
        return Outcome(
            terms=self._terms,
            people=tuple(
                PersonOutcome(
                    capacity,
                    is_new=capacity.person.person_id in starts,
                    starts=starts.get(capacity.person.person_id),
                    leaves=self._changes.leaving.get(capacity.person.person_id),
                )
                for capacity in staff
            ),
            weeks=tuple(
                WeekOutcome(
                    promised=sum(one.weeks[number].promised for one in people),
                    available=sum(one.weeks[number].available for one in staff),
                    monday=week.monday,
                    waiting=week.promised,
                )
                for number, week in enumerate(nobody.weeks)
            ),
            totals=self._totals(),
            left={tier: self._left(portfolios, tier) for tier in TIERS},
            flows=self._flows,
            waits_today=sum(1 for move in self._moves if move.waits_today),
            places=portfolios.places,
            released_to_tech=sum(
                1 for move in self._moves if move.account.person is not None and move.to_tier == Tier.TECH
            ),
        )

    def _totals(self) -> dict[str, Sum]:
        totals = dict(self._company.totals)
        for flow in self._flows:
            totals[flow.from_tier] = totals.get(flow.from_tier, Sum()) - flow.total
            totals[flow.to_tier] = totals.get(flow.to_tier, Sum()) + flow.total
        return totals

    def _left(self, portfolios: Portfolios, tier: str) -> Left:
        waiting = sorted(portfolios.waiting(tier), key=lambda account: (-account.mrr, -account.pk))
        if not waiting:
            return Left(Sum(), "")
        rooms = portfolios.rooms(self._candidates(self._inputs.weeks), tier)
        total = Sum(len(waiting), sum((account.arr for account in waiting), Decimal(0)))
        return Left(total, why_no_place(tier, rooms.values()), tuple(waiting))


def _terms(terms: Terms, changes: Changes) -> Terms:
    events = dict(terms.events)
    for kind, minutes in changes.event_minutes.items():
        plan = events.get(kind)
        events[kind] = EventPlan(minutes, plan.weeks if plan else USUAL_EVENT_WEEKS)
    return replace(
        terms,
        utilisation_target=changes.utilisation_target or terms.utilisation_target,
        planned_minutes={**terms.planned_minutes, **changes.planned_minutes},
        limits={**terms.limits, **changes.limits},
        events=events,
    )


def _name_of(hire: Hire, place: int, number: int) -> str:
    if not hire.name:
        return f"New CSM {number}"
    return hire.name if hire.count == 1 else f"{hire.name} {place}"


def _with_hours(person: PersonInput, week: int, weekly_minutes: int, weeks: int) -> PersonInput:
    """Return the person with another working week from then on; holidays and absences shrink or grow with it."""
    usual = max(person.working, default=0)

    def scaled(values: tuple[int, ...]) -> tuple[int, ...]:
        return (*values[:week], *(round(value * weekly_minutes / usual) for value in values[week:]))

    if usual == 0:
        full = (0,) * week + (weekly_minutes,) * (weeks - week)
        return replace(person, working=full, free=full)
    return replace(person, working=scaled(person.working), absent=scaled(person.absent), free=scaled(person.free))


def _gone_from(person: PersonInput, week: int) -> PersonInput:
    """Return the person without any time, and without what was booked, from this week on."""

    def cut(values: tuple, nothing: float) -> tuple:
        return (*values[:week], *([nothing] * len(values[week:])))

    return replace(
        person,
        working=cut(person.working, 0),
        absent=cut(person.absent, 0),
        free=cut(person.free, 0),
        other_demand={name: cut(minutes, 0.0) for name, minutes in person.other_demand.items()},
    )


def _with_portfolio(person: PersonInput, portfolios: Portfolios) -> PersonInput:
    pk = person.person_id
    if pk not in portfolios.touched:
        return person
    tiers = [tier for tier in Tier.values if (pk, tier) in portfolios.customers]
    return replace(
        person,
        customers={tier: portfolios.customers[pk, tier] for tier in tiers},
        arr_by_tier={tier: portfolios.arr[pk, tier] for tier in tiers},
        event_days=portfolios.event_days_of(pk),
    )


def _stitched(stages: Sequence[tuple[int, CapacityInput]]) -> list[PersonCapacity]:
    """Return everybody with the weeks of each stage from its beginning on, and the portfolio of the last one."""
    figures = [worked_out(inputs).people for _, inputs in stages]
    ends = [week for week, _ in stages[1:]] + [stages[0][1].weeks]
    people = []
    for number, last in enumerate(figures[-1]):
        weeks: list[WeekCapacity] = []
        for of_stage, (begins, _), ends_before in zip(figures, stages, ends, strict=True):
            weeks += of_stage[number].weeks[begins:ends_before]
        people.append(dataclasses.replace(last, weeks=tuple(weeks)))
    return people


def _flows(moves: Collection[Move]) -> tuple[Flow, ...]:
    totals: dict[tuple[str, str], list[Decimal]] = {}
    for move in moves:
        account = move.account
        # Customers and MRR, and of those that need an approval the same.
        found = totals.setdefault((account.tier, move.to_tier), [Decimal(0)] * 4)
        found[0] += 1
        found[1] += account.mrr
        if move.needs_approval:
            found[2] += 1
            found[3] += account.mrr
    flows = [
        Flow(old, new, Sum(int(count), 12 * mrr), Sum(int(waiting), 12 * waiting_mrr))
        for (old, new), (count, mrr, waiting, waiting_mrr) in totals.items()
    ]
    return tuple(sorted(flows, key=lambda flow: (-flow.total.customers, flow.from_tier, flow.to_tier)))
