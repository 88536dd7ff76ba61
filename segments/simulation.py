"""What a version of the rules would do, without doing it: the plan of a run, read instead of carried out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Customer, Tier, User
from segments.models import PersonLimit, RuleSet, TierTerms
from segments.plan import Moment, make_plan
from segments.queries.rule_sets import rule_book
from segments.rules import HELD, MOVING, Outcome

SAMPLES = 5
# A flow's own list shows so many of its customers, the largest ARR first.
FLOW_ROWS = 100
# A draft's moves that wait for approval are moves all the same, only later.
COMING = (*MOVING, Outcome.WAITING)
NO_TIER = ""
ORDER = {tier: n for n, tier in enumerate((*Tier.values, NO_TIER))}

TOTALS = """
SELECT coalesce(tier, ''), count(*), coalesce(sum(mrr), 0) * 12
FROM accounts_customer WHERE merged_into_id IS NULL GROUP BY 1
"""
FLOWS = """
SELECT coalesce(from_tier, ''), to_tier, outcome, count(*), coalesce(sum(arr), 0) FROM tier_plan GROUP BY 1, 2, 3
"""
# What every CSM would hold if each customer that moves kept its CSM; tech touch has none.
PORTFOLIOS = """
SELECT a.person_id, u.name, a.tier, coalesce(p.to_tier, a.tier), count(*)
FROM accounts_assignment a
JOIN accounts_user u ON u.id = a.person_id
LEFT JOIN tier_plan p ON p.customer_id = a.customer_id AND p.outcome = ANY (%(coming)s)
WHERE a.role = 'csm' AND a.ends_at IS NULL
GROUP BY 1, 2, 3, 4
"""
TO_PLACE = """
SELECT p.to_tier, count(*) FROM tier_plan p
WHERE p.outcome = ANY (%(coming)s) AND p.to_tier <> 'tech'
  AND NOT EXISTS (SELECT 1 FROM accounts_assignment a
                  WHERE a.customer_id = p.customer_id AND a.role = 'csm' AND a.ends_at IS NULL)
GROUP BY 1
"""
SAMPLE = """
SELECT customer_id, name, from_tier, to_tier, rule_name, why, arr, outcome FROM (
    SELECT p.customer_id, c.name, coalesce(p.from_tier, '') AS from_tier, p.to_tier, p.rule_name, p.why, p.arr,
        p.outcome, row_number() OVER (PARTITION BY p.from_tier, p.to_tier ORDER BY p.arr DESC, p.customer_id) AS place
    FROM tier_plan p JOIN accounts_customer c ON c.id = p.customer_id
    WHERE p.outcome = ANY (%(coming)s) AND p.customer_id IN ({visible})
) AS ranked
WHERE place <= %(samples)s ORDER BY place
"""


@dataclass(frozen=True)
class Sum:
    """A number of customers and their ARR in the company's currency."""

    customers: int = 0
    arr: Decimal = Decimal(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.customers + other.customers, self.arr + other.arr)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.customers - other.customers, self.arr - other.arr)


@dataclass(frozen=True)
class Sample:
    """One customer of a flow."""

    customer_id: int
    name: str
    rule_name: str
    why: str
    arr: Decimal
    waits: bool


@dataclass(frozen=True)
class Flow:
    """The customers that would go from one tier to another (or stay, where both are the same)."""

    from_tier: str
    to_tier: str
    total: Sum
    waiting: Sum = Sum()
    samples: tuple[Sample, ...] = ()

    @property
    def moves(self) -> bool:
        """Tell whether this flow changes the tier."""
        return self.from_tier != self.to_tier


@dataclass(frozen=True)
class TierTotal:
    """One tier before and after."""

    tier: str
    before: Sum
    after: Sum

    @property
    def change(self) -> int:
        """Return how many customers more there would be."""
        return self.after.customers - self.before.customers


@dataclass(frozen=True)
class Load:
    """One CSM's customers of one tier: now, those of them that stay, and those that come from the CSM's other tiers."""

    before: int
    staying: int
    coming: int
    limit: int | None

    @property
    def wanted(self) -> int:
        """Return how many there would be if every customer kept its CSM."""
        return self.staying + self.coming

    @property
    def past_limit(self) -> int:
        """Return by how many that would pass the limit; what is past it already and gets no more is not counted."""
        return 0 if self.limit is None or not self.coming else max(0, self.wanted - self.limit)

    @property
    def displaced(self) -> int:
        """Return how many of those that come would find no place, and so go to another CSM."""
        return min(self.coming, self.past_limit)


@dataclass(frozen=True)
class PortfolioChange:
    """What would become of one CSM's portfolio."""

    person_id: int
    name: str
    loads: dict[str, Load]

    @property
    def change(self) -> int:
        """Return how many customers more the CSM would hold."""
        return sum(load.wanted - load.before for load in self.loads.values())

    @property
    def past_limit(self) -> int:
        """Return by how many customers the CSM would be past its limits."""
        return sum(load.past_limit for load in self.loads.values())

    @property
    def displaced(self) -> int:
        """Return how many customers would find no place and go to another CSM."""
        return sum(load.displaced for load in self.loads.values())

    @property
    def changes(self) -> bool:
        """Tell whether anything would change."""
        return any(load.wanted != load.before for load in self.loads.values())


@dataclass(frozen=True)
class Simulation:
    """All that a run of these rules would do now."""

    customers: int
    tiers: tuple[TierTotal, ...]
    flows: tuple[Flow, ...]
    held: dict[str, Sum]
    portfolios: tuple[PortfolioChange, ...]
    # Customers of high and low touch who have no CSM and would want one.
    to_place: dict[str, int]

    @property
    def moves(self) -> tuple[Flow, ...]:
        """Return the flows that change the tier, the largest first."""
        return tuple(sorted((f for f in self.flows if f.moves), key=lambda f: -f.total.customers))

    @property
    def moving(self) -> int:
        """Return how many customers would move, those that wait for approval among them."""
        return sum(flow.total.customers for flow in self.moves)

    @property
    def moving_arr(self) -> Decimal:
        """Return the ARR that would move."""
        return sum((flow.total.arr for flow in self.moves), Decimal(0))

    @property
    def waiting(self) -> Sum:
        """Return what would wait for approval."""
        return sum((flow.waiting for flow in self.moves), Sum())

    @property
    def past_limit(self) -> tuple[PortfolioChange, ...]:
        """Return the CSMs who would end past a limit if every customer kept its CSM."""
        return tuple(one for one in self.portfolios if one.past_limit)

    @property
    def displaced(self) -> int:
        """Return how many customers would find no place with their CSM and go to another."""
        return sum(one.displaced for one in self.portfolios)


def simulate(rule_set: RuleSet, *, visible: QuerySet[Customer] | None = None) -> Simulation:
    """Return what the rule set would do now; a draft is taken as if activated now.

    The samples name only customers of `visible` (None: none of them). The number of queries is fixed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        moment = Moment.at(timezone.now())
        make_plan(cursor, rule_book(rule_set, now=moment.now), moment)
        coming = {"coming": [one.value for one in COMING]}
        cursor.execute(TOTALS)
        before = {tier: Sum(count, arr) for tier, count, arr in cursor.fetchall()}
        cursor.execute(FLOWS)
        planned = [(old, new, outcome, Sum(count, arr)) for old, new, outcome, count, arr in cursor.fetchall()]
        samples = {} if visible is None else _samples(cursor, visible, SAMPLES)
        cursor.execute(PORTFOLIOS, coming)
        portfolios = _portfolios(cursor.fetchall())
        cursor.execute(TO_PLACE, coming)
        to_place = dict(cursor.fetchall())
        cursor.execute("DROP TABLE tier_plan")
    flows = _flows(before, planned, samples)
    return Simulation(
        customers=sum(total.customers for total in before.values()),
        tiers=_tiers(before, flows),
        flows=flows,
        held={
            outcome.value: sum((total for _, _, found, total in planned if found == outcome), Sum()) for outcome in HELD
        },
        portfolios=portfolios,
        to_place=to_place,
    )


def customers_of_flow(
    rule_set: RuleSet, from_tier: str, to_tier: str, *, visible: QuerySet[Customer]
) -> tuple[Sample, ...]:
    """Return up to a hundred customers of one flow, the largest ARR first, of those in `visible`."""
    with transaction.atomic(), connection.cursor() as cursor:
        moment = Moment.at(timezone.now())
        make_plan(cursor, rule_book(rule_set, now=moment.now), moment)
        found = _samples(cursor, visible, FLOW_ROWS)
        cursor.execute("DROP TABLE tier_plan")
    return tuple(found.get((from_tier, to_tier), ()))


def _samples(cursor: Any, visible: QuerySet[Customer], count: int) -> dict[tuple[str, str], list[Sample]]:
    sql, params = visible.order_by().values("pk").query.sql_with_params()
    written, rest = SAMPLE.split("{visible}")
    statement = (written + sql + rest).replace("%(coming)s", "%s").replace("%(samples)s", "%s")
    cursor.execute(statement, [[one.value for one in COMING], *params, count])
    found: dict[tuple[str, str], list[Sample]] = {}
    for pk, name, old, new, rule_name, why, arr, outcome in cursor.fetchall():
        found.setdefault((old, new), []).append(Sample(pk, name, rule_name, why, arr, outcome == Outcome.WAITING))
    return found


def _flows(
    before: Mapping[str, Sum],
    planned: Iterable[tuple[str, str, str, Sum]],
    samples: Mapping[tuple[str, str], list[Sample]],
) -> tuple[Flow, ...]:
    moving: dict[tuple[str, str], Sum] = {}
    waiting: dict[tuple[str, str], Sum] = {}
    for old, new, outcome, total in planned:
        if outcome in COMING:
            moving[old, new] = moving.get((old, new), Sum()) + total
        if outcome == Outcome.WAITING:
            waiting[old, new] = total
    leaving = {tier: sum((s for (old, _), s in moving.items() if old == tier), Sum()) for tier in before}
    flows = [
        Flow(old, new, total, waiting.get((old, new), Sum()), tuple(samples.get((old, new), ())))
        for (old, new), total in moving.items()
    ]
    flows += [Flow(tier, tier, total - leaving[tier]) for tier, total in before.items() if total != leaving[tier]]
    return tuple(sorted(flows, key=lambda flow: (ORDER[flow.from_tier], ORDER[flow.to_tier])))


def _tiers(before: Mapping[str, Sum], flows: Iterable[Flow]) -> tuple[TierTotal, ...]:
    after: dict[str, Sum] = {}
    for flow in flows:
        after[flow.to_tier] = after.get(flow.to_tier, Sum()) + flow.total
    shown = [*Tier.values, *([NO_TIER] if NO_TIER in before else [])]
    return tuple(TierTotal(tier, before.get(tier, Sum()), after.get(tier, Sum())) for tier in shown)


def _portfolios(rows: Iterable[tuple[int, str, str, str, int]]) -> tuple[PortfolioChange, ...]:
    before: Counter[tuple[int, str]] = Counter()
    staying: Counter[tuple[int, str]] = Counter()
    coming: Counter[tuple[int, str]] = Counter()
    names: dict[int, str] = {}
    for person, name, old, new, count in rows:
        names[person] = name
        before[person, old] += count
        (staying if old == new else coming)[person, new] += count
    terms = TierTerms.current()
    own = {(one.person_id, one.tier): one.portfolio_limit for one in PersonLimit.objects.filter(person__in=names)}
    changes = [
        PortfolioChange(
            person,
            name,
            {
                tier: Load(
                    before[person, tier],
                    staying[person, tier],
                    coming[person, tier],
                    own.get((person, tier), terms[tier].portfolio_limit),
                )
                for tier in (Tier.HIGH.value, Tier.LOW.value)
            },
        )
        for person, name in names.items()
    ]
    return tuple(sorted(changes, key=lambda one: (-one.past_limit, -abs(one.change), one.name)))


def people_shown(portfolios: Iterable[PortfolioChange], people: QuerySet[User]) -> list[PortfolioChange]:
    """Return the portfolios of these people alone."""
    ids = set(people.values_list("pk", flat=True))
    return [one for one in portfolios if one.person_id in ids]
