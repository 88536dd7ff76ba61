"""Scenarios beside today, ready to be shown: figures with their differences in words, people, teams, weeks."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from segments.scenarios.outcome import Group, Outcome, PersonOutcome, grouped
from segments.scenarios.sentences import AN_HOUR, Speaker
from segments.simulation import Sum

TIERS = ("high", "low", "tech")
# The lines that stand above all others where there is one scenario only.
KEY_FIGURES = (
    "CSMs short in the worst week",
    "Utilisation, next 4 weeks",
    "Utilisation, 13 weeks",
    "High and low touch without a CSM",
    "Customers that change tier",
    "Customers that lose or change their CSM",
)
TODAY = "Today"
NEWCOMERS = "New CSMs"
NO_TEAM = "No team"


@dataclass(frozen=True)
class Cell:
    """One figure of a column, and how it stands to today's; `note` is empty for today itself."""

    column: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One figure of several outcomes, today's first."""

    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class PersonLine:
    """One CSM today and then; one of the two is None for whoever is new or has left the company's list."""

    then: PersonOutcome
    today: PersonOutcome | None
    coming: int
    going: int

    @property
    def key(self) -> str:
        """Return the person's id as an address has it."""
        return str(self.then.person_id)

    @property
    def exchange(self) -> str:
        """Return how many customers come and go: "+7 −2"."""
        parts = [f"+{self.coming}" if self.coming else "", f"−{self.going}" if self.going else ""]
        return " ".join(part for part in parts if part)

    @property
    def tiers(self) -> list[tuple[str, int, int | None, int | None, int]]:
        """Return for high and low touch: customers then, the limit then, customers today, and how many are too many."""
        capacity = self.then.capacity
        before = self.today.capacity.person.customers if self.today else None
        return [
            (
                tier,
                capacity.person.customers.get(tier, 0),
                capacity.person.limits.get(tier),
                None if before is None else before.get(tier, 0),
                capacity.over_limit(tier),
            )
            for tier in TIERS[:2]
        ]


@dataclass(frozen=True)
class TierLine:
    """One tier today and then."""

    tier: str
    today: Sum
    then: Sum

    @property
    def change(self) -> int:
        """Return how many customers more there would be."""
        return self.then.customers - self.today.customers


@dataclass(frozen=True)
class TeamLine:
    """One team today and then; today is None for those who are new."""

    name: str
    then: Group
    today: Group | None


def tier_lines(outcome: Outcome, today: Outcome) -> list[TierLine]:
    """Return the tiers, and customers without one where there are any."""
    shown = [*TIERS, *([""] if today.totals.get("") or outcome.totals.get("") else [])]
    return [TierLine(tier, today.totals.get(tier, Sum()), outcome.totals.get(tier, Sum())) for tier in shown]


def person_lines(outcome: Outcome, today: Outcome, seen: Collection[int]) -> list[PersonLine]:
    """Return the new CSMs and those of `seen`: the most loaded first."""
    before = {one.person_id: one for one in today.people}
    coming, going = _exchanged(outcome)
    lines = [
        PersonLine(one, before.get(one.person_id), coming[one.person_id], going[one.person_id])
        for one in outcome.people
        if one.is_new or one.person_id in seen
    ]
    return sorted(lines, key=lambda line: (-(line.then.capacity.whole.utilisation or 0), line.then.name))


def team_lines(outcome: Outcome, today: Outcome, seen: Collection[int]) -> list[TeamLine]:
    """Return the teams of the people in `seen`, those who are new, and everybody."""
    before = _by_team(one for one in today.people if one.person_id in seen)
    then = _by_team(one for one in outcome.people if one.is_new or one.person_id in seen)
    lines = [TeamLine(name, grouped(name, then[name]), _group(name, before.get(name))) for name in sorted(then)]
    everybody = TeamLine("All CSMs", grouped("All CSMs", outcome.people), grouped("All CSMs", today.people))
    return [*lines, everybody] if len(lines) > 1 or len(seen) < len(today.people) else [everybody]


def weeks_chart(outcomes: Sequence[tuple[str, Outcome]], say: Callable[[Any], str]) -> dict[str, Any]:
    """Return each outcome's utilisation by week in per cent, those without a CSM counted, as the chart takes it."""
    weeks = outcomes[0][1].weeks
    return {
        "categories": [say(week.monday) for week in weeks],
        "series": [
            {"name": name, "values": [_percent(week.utilisation) for week in outcome.weeks]}
            for name, outcome in outcomes
        ],
        "unit": "%",
    }


def side_by_side(today: Outcome, scenarios: Sequence[tuple[str, Outcome]], speaker: Speaker) -> list[Line]:
    """Return the figures of today and of the scenarios, a line each; scenarios come with their names."""
    every = [(TODAY, today), *scenarios]
    lines: list[tuple[str, Callable[[Outcome], float | None], str]] = [
        ("CSMs at the end", lambda one: one.csms, ""),
        *((f"{tier.capitalize()}-touch customers", _customers(tier), "") for tier in TIERS),
        ("Customers that change tier", lambda one: one.moving.customers, ""),
        ("Customers that lose or change their CSM", lambda one: one.handed_over, ""),
        ("High and low touch without a CSM", lambda one: one.unassigned.customers, ""),
        ("Utilisation, next 4 weeks", lambda one: _percent(one.near.utilisation), "%"),
        (f"Utilisation, {len(today.weeks)} weeks", lambda one: _percent(one.whole.utilisation), "%"),
        ("CSMs with more promised than time", lambda one: len(one.overloaded), ""),
        ("CSMs past a limit", lambda one: len(one.past_limit), ""),
        ("Hours short in the worst week", lambda one: round(one.shortage.minutes / AN_HOUR), "h"),
        ("CSMs short in the worst week", lambda one: one.shortage.people, ""),
        ("Weeks that are short", lambda one: one.shortage.weeks, ""),
    ]
    return [Line(label, _cells([(name, of(one)) for name, one in every], unit, speaker)) for label, of, unit in lines]


def people_side_by_side(
    today: Outcome, scenarios: Sequence[tuple[str, Outcome]], seen: Collection[int], speaker: Speaker
) -> list[Line]:
    """Return the utilisation of everybody in `seen` over all weeks, today and in the scenarios, by name."""
    every = [(TODAY, today), *scenarios]
    names = {one.person_id: one.name for one in today.people if one.person_id in seen}
    found = [(name, {one.person_id: one for one in outcome.people}) for name, outcome in every]
    lines = [
        Line(name, _cells([(column, _whole(people.get(pk))) for column, people in found], "%", speaker))
        for pk, name in names.items()
    ]
    lines.sort(key=lambda line: line.label)
    return lines


def _cells(values: Sequence[tuple[str, float | None]], unit: str, speaker: Speaker) -> list[Cell]:
    before = values[0][1]
    cells = []
    for number, (column, value) in enumerate(values):
        if value is None:
            cells.append(Cell(column, "–"))
            continue
        text = f"{speaker.number(value)}{'%' if unit == '%' else f' {unit}' if unit else ''}"
        apart = {"%": "point"}.get(unit, unit)
        note = speaker.difference(value, before, apart) if number and before is not None else ""
        cells.append(Cell(column, text, note))
    return cells


def _customers(tier: str) -> Callable[[Outcome], float]:
    return lambda one: one.totals.get(tier, Sum()).customers


def _whole(person: PersonOutcome | None) -> float | None:
    return None if person is None else _percent(person.capacity.whole.utilisation)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share)


def _exchanged(outcome: Outcome) -> tuple[dict[int, int], dict[int, int]]:
    """Return how many customers come to and go from each person."""
    coming: dict[int, int] = defaultdict(int)
    going: dict[int, int] = defaultdict(int)
    for place in (outcome.places or {}).values():
        if place.person != place.account.person:
            coming[place.person] += 1
            if place.account.person is not None:
                going[place.account.person] += 1
    return coming, going


def _by_team(people: Iterable[PersonOutcome]) -> dict[str, list[PersonOutcome]]:
    teams: dict[str, list[PersonOutcome]] = defaultdict(list)
    for one in people:
        teams[NEWCOMERS if one.is_new else one.team_name or NO_TEAM].append(one)
    return teams


def _group(name: str, people: list[PersonOutcome] | None) -> Group | None:
    return grouped(name, people) if people else None
