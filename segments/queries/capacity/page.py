"""All that the capacity page shows, in a fixed number of queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from accounts.models import CompanySettings, Team, User
from accounts.permissions import Reach, reach_of
from segments.capacity.figures import TIERS, Balance, PersonCapacity, State, TeamCapacity, worked_out
from segments.capacity.verdict import Verdict, verdict_of
from segments.queries.allowances import company_today
from segments.queries.capacity.coverage import Coverage, coverage_of
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.leakage import (
    Found,
    TierBalance,
    drawing_first,
    much_for_tech,
    neglected_first,
    tier_balances,
)
from segments.queries.capacity.people import csms_seen_by, teams_seen_by
from segments.queries.capacity.trend import Before, before, trend_chart, trend_of
from segments.queries.capacity.unassigned import Unassigned, unassigned_by_tier

WORDS = {State.IDLE: "idle", State.FITS: "fits", State.TIGHT: "tight", State.OVER: "over"}
TONES = {State.IDLE: "", State.FITS: "good", State.TIGHT: "warn", State.OVER: "bad"}
# An address names at most so many people; more are asked for as "any CSM".
NAMED_PEOPLE = 100
# A bar ends here, so that one portfolio far over does not flatten all the others.
BAR_END = 1.5


@dataclass(frozen=True)
class HeatCell:
    """One person's or the team's week, ready to print."""

    monday: str
    state: str
    percent: str
    note: str


@dataclass(frozen=True)
class Count:
    """A portfolio's customers of a tier beside the limit."""

    tier: str
    number: int
    limit: int | None
    over: int


@dataclass(frozen=True)
class Row:
    """A CSM on the page, or the total of all."""

    name: str
    person_id: int | None
    team: str
    is_csm: bool
    takes_customers: bool
    counts: list[Count]
    customers: int
    arr: Any
    logged: int
    balance: Balance
    before: Balance | None
    cells: list[HeatCell]

    @property
    def href(self) -> str:
        """Return where the row's customers are."""
        return f"/capacity/people/{self.person_id}/"

    @property
    def key(self) -> str:
        """Return the person as an address names it."""
        return str(self.person_id)

    @property
    def word(self) -> str:
        """Return in a word whether it fits."""
        return WORDS[self.balance.state]

    @property
    def tone(self) -> str:
        """Return how the bar and the word look."""
        return TONES[self.balance.state]

    @property
    def percent(self) -> str:
        """Return the utilisation, or why there is none."""
        return percent_text(self.balance)

    @property
    def bar(self) -> int:
        """Return the bar's length in per cent of a full portfolio, up to its end."""
        share = self.balance.utilisation
        full = BAR_END if share is None and self.balance.promised else min(share or 0.0, BAR_END)
        return round(full * 100)

    @property
    def before_percent(self) -> str:
        """Return the earlier utilisation."""
        return percent_text(self.before) if self.before else ""

    @property
    def change(self) -> str:
        """Return by how many points the utilisation moved, in words; empty where there is nothing to compare."""
        now, then = self.balance.utilisation, self.before.utilisation if self.before else None
        if now is None or then is None:
            return ""
        moved = round(now * 100) - round(then * 100)
        if not moved:
            return "the same"
        return f"{'↑' if moved > 0 else '↓'} {abs(moved)} points"


SortKey = Callable[[Row], Any]
SORTS: dict[str, SortKey] = {
    "name": lambda row: row.name.lower(),
    "team": lambda row: row.team.lower(),
    **{tier: lambda row, place=place: row.counts[place].number for place, tier in enumerate(TIERS)},  # type: ignore[misc]
    "arr": lambda row: row.arr,
    "promised": lambda row: row.balance.promised,
    "available": lambda row: row.balance.available,
    "logged": lambda row: row.logged,
    "utilisation": lambda row: _fullness(row.balance),
    "trend": lambda row: _fullness(row.balance) - _fullness(row.before) if row.before and row.change else float("-inf"),
}
DEFAULT_SORT = "-utilisation"


@dataclass(frozen=True)
class CapacityPage:
    """The page's figures."""

    team: TeamCapacity
    verdict: Verdict
    rows: list[Row]
    total: Row
    teams: list[Team]
    chosen: Team | None
    sort: str
    today: date
    before: Before
    coverage: list[Coverage]
    unassigned: list[Unassigned]
    balances: list[TierBalance]
    drawing: Found
    neglected: Found
    much_for_tech: int
    trend: list[dict[str, Any]]

    @cached_property
    def chart(self) -> dict[str, Any]:
        """Return the trend as a chart takes it."""
        return trend_chart(self.trend)

    @property
    def unassigned_customers(self) -> int:
        """Return how many customers due a CSM have none."""
        return sum(row.customers for row in self.unassigned)

    @property
    def people_filter(self) -> str:
        """Return the part of a customers list's address that names these CSMs."""
        ids = [row.person_id for row in self.rows]
        return "&".join(f"csm={pk}" for pk in ids) if len(ids) <= NAMED_PEOPLE else "csm=any"


def capacity_page(
    user: User, *, team: int | None = None, sort: str = DEFAULT_SORT, today: date | None = None
) -> CapacityPage:
    """Return the page of the CSMs whose capacity the person may see, of one team where it is named."""
    today = today or company_today()
    teams = teams_seen_by(user)
    chosen = next((one for one in teams if one.pk == team), None)
    people = list(csms_seen_by(user, team=chosen.pk if chosen else None).order_by("name", "pk"))
    figures = worked_out(inputs_for(people, today=today))
    ids = [person.pk for person in people]
    is_all = chosen is None and reach_of(user, "capacity.view") == Reach.ALL
    terms = figures.inputs.terms
    earlier = before(ids, today)
    sort = sort if sort.removeprefix("-") in SORTS and not sort.startswith("--") else DEFAULT_SORT
    return CapacityPage(
        team=figures,
        verdict=verdict_of(figures),
        rows=_sorted([row_of(one, earlier) for one in figures.people], sort),
        total=total_row(figures, earlier),
        teams=teams,
        chosen=chosen,
        sort=sort,
        today=today,
        before=earlier,
        coverage=coverage_of(figures, CompanySettings.current().currency, today),
        unassigned=unassigned_by_tier(terms),
        balances=tier_balances(figures),
        drawing=drawing_first(ids, terms, today),
        neglected=neglected_first(ids, terms, today),
        much_for_tech=much_for_tech(terms),
        trend=trend_of(None if is_all else ids, today),
    )


def row_of(one: PersonCapacity, earlier: Before) -> Row:
    """Return a CSM's row."""
    person = one.person
    return Row(
        name=person.name,
        person_id=person.person_id,
        team=person.team_name,
        is_csm=person.is_csm,
        takes_customers=person.takes_customers,
        counts=[
            Count(tier, person.customers.get(tier, 0), person.limits.get(tier), one.over_limit(tier)) for tier in TIERS
        ],
        customers=one.customers,
        arr=one.arr,
        logged=one.logged,
        balance=one.near,
        before=earlier.by_person.get(person.person_id),
        cells=heat_cells(one.weeks),
    )


def total_row(team: TeamCapacity, earlier: Before) -> Row:
    """Return the row that sums up all."""
    known = list(earlier.by_person.values())
    past = Balance(sum(one.promised for one in known), sum(one.available for one in known)) if known else None
    return Row(
        name="All",
        person_id=None,
        team="",
        is_csm=True,
        takes_customers=True,
        counts=[Count(tier, team.customers[tier], team.limits[tier], 0) for tier in TIERS],
        customers=sum(team.customers.values()),
        arr=team.arr,
        logged=team.logged,
        balance=team.near,
        before=past,
        cells=heat_cells(team.weeks),
    )


def heat_cells(weeks: Sequence[Any]) -> list[HeatCell]:
    """Return the weeks as they are printed: a share, and in words how much is left or missing."""
    return [HeatCell(week.monday.isoformat(), WORDS[week.state], percent_text(week), note_text(week)) for week in weeks]


def percent_text(balance: Balance) -> str:
    """Return the utilisation in per cent, or that there are no hours."""
    share = balance.utilisation
    if share is None:
        return "no hours" if balance.promised else "–"
    return f"{round(share * 100)}%" if share < 10 else "over 999%"


def note_text(balance: Balance) -> str:
    """Return in words how much is missing or left."""
    if balance.state == State.OVER:
        return f"over {short_hours(balance.short)}"
    if balance.state == State.IDLE:
        return "idle"
    return f"{'tight, ' if balance.state == State.TIGHT else ''}{short_hours(balance.room)} left"


def short_hours(minutes: float) -> str:
    """Return minutes in few letters: "40 m", "3.5 h", "12 h"."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} m"
    return f"{whole / 60:.0f} h" if whole >= 600 else f"{whole / 60:.1f} h".replace(".0 h", " h")


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    rows = sorted(rows, key=lambda row: (row.name.lower(), row.person_id))
    return sorted(rows, key=SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _fullness(balance: Balance) -> float:
    share = balance.utilisation
    return share if share is not None else float("inf") if balance.promised else -1.0
