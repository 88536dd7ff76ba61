"""The limits page: what each CSM carries and may carry, who is past a limit and why."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.access import people_within
from accounts.models import Assignment, Role, RoleGrant, Tier, User
from segments.models import PersonLimit, TierTerms
from segments.queries.portfolios import Load, portfolio_load

SHOWN_OVERRIDES = 200


@dataclass(frozen=True)
class LimitCell:
    """One CSM's load in one tier, with the own limit where there is one."""

    tier: str
    load: Load
    own: PersonLimit | None

    @property
    def why_over(self) -> str:
        """Return why there are more customers than the limit; empty where there are not."""
        if not self.load.over:
            return ""
        let = min(self.load.overrides, self.load.over)
        reasons = []
        if let:
            reasons.append(f"{let} let past the limit")
        if self.load.over > let:
            reasons.append(f"{self.load.over - let} came before the limit was lowered")
        return ", ".join(reasons)

    @property
    def limit_text(self) -> str:
        """Return the limit in digits; empty where there is none."""
        return "" if self.load.limit is None else str(self.load.limit)

    @property
    def bar_max(self) -> int:
        """Return what the bar's full length stands for; a limit of 0 is full at once."""
        return max(self.load.limit or 0, self.load.used, 1)

    @property
    def room_text(self) -> str:
        """Return the room in words: "3 free", "full", "2 over"."""
        if self.load.over:
            return f"{self.load.over} over"
        return f"{self.load.free} free" if self.load.free else "full"

    @property
    def overrides_text(self) -> str:
        """Return how many were let past a limit."""
        return f"{self.load.overrides} let past"

    @property
    def tone(self) -> str:
        """Return how the bar looks: past the limit, nearly full, or well."""
        if self.load.over:
            return "bad"
        return "warn" if self.load.limit is not None and self.load.share >= 0.9 else ""


@dataclass(frozen=True)
class LimitRow:
    """One CSM with its cells, in the tiers' order."""

    person: User
    is_csm: bool
    may_edit: bool
    cells: list[LimitCell]

    @property
    def arr(self) -> Decimal:
        """Return the ARR of the whole portfolio, in the company's currency."""
        return sum((cell.load.arr for cell in self.cells), Decimal(0))


@dataclass(frozen=True)
class LimitTable:
    """All that the limits page shows."""

    terms: list[TierTerms]
    rows: list[LimitRow]
    overrides: list[Assignment]
    more_overrides: bool
    totals: dict[str, Load] = field(default_factory=dict)

    @property
    def past_limits(self) -> list[tuple[User, LimitCell]]:
        """Return who is past a limit, and in which tier."""
        return [(row.person, cell) for row in self.rows for cell in row.cells if cell.load.over]


def limit_table(user: User) -> LimitTable:
    """Return the limits and loads of the CSMs that the person may see, in at most nine queries."""
    people = list(_csms_seen_by(user).select_related("team").order_by("name", "pk"))
    load = portfolio_load(people)
    own = own_limits(people)
    terms = TierTerms.current()
    editable = set(people_within(user, "limits.edit").values_list("pk", flat=True))
    overrides = list(_overrides(people)[: SHOWN_OVERRIDES + 1])
    return LimitTable(
        terms=[terms[tier] for tier in Tier.values],
        rows=[
            LimitRow(
                person=person,
                is_csm=person.holds_role,  # type: ignore[attr-defined]
                may_edit=person.pk in editable,
                cells=[LimitCell(tier, load[person.pk][tier], own.get((person.pk, tier))) for tier in Tier.values],
            )
            for person in people
        ],
        overrides=overrides[:SHOWN_OVERRIDES],
        more_overrides=len(overrides) > SHOWN_OVERRIDES,
        totals=_totals(load),
    )


def limit_cell(person: User, tier: str) -> LimitCell:
    """Return one cell of the table."""
    return LimitCell(tier, portfolio_load([person])[person.pk][tier], own_limits([person]).get((person.pk, tier)))


def own_limits(people: list[User]) -> dict[tuple[int, str], PersonLimit]:
    """Return the people's own limits by person and tier."""
    found = PersonLimit.objects.filter(person__in=[person.pk for person in people])
    return {(limit.person_id, limit.tier): limit for limit in found}


def _csms_seen_by(user: User) -> QuerySet[User]:
    """Return active CSMs, and whoever still has a portfolio without being one."""
    holds = Exists(RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.CSM))
    has = Exists(Assignment.objects.filter(person=OuterRef("pk"), role=Role.CSM, ends_at=None))
    seen = people_within(user, "portfolio.view").annotate(holds_role=holds)
    return seen.filter(Q(holds, is_active=True) | Q(has))


def _overrides(people: list[User]) -> QuerySet[Assignment]:
    open_rows = Assignment.objects.filter(person__in=[p.pk for p in people], role=Role.CSM, ends_at=None)
    return (
        open_rows.exclude(over_limit_reason="")
        .select_related("customer", "person", "assigned_by")
        .order_by("-starts_at", "-pk")
    )


def _totals(load: dict[int, dict[str, Load]]) -> dict[str, Load]:
    by_tier: dict[str, list[Load]] = defaultdict(list)
    for tiers in load.values():
        for tier, one in tiers.items():
            by_tier[tier].append(one)
    totals = {}
    for tier, loads in by_tier.items():
        limits = [one.limit for one in loads]
        totals[tier] = Load(
            used=sum(one.used for one in loads),
            limit=None if None in limits else sum(limit for limit in limits if limit is not None),
            arr=sum((one.arr for one in loads), Decimal(0)),
            overrides=sum(one.overrides for one in loads),
        )
    return totals
