"""A dry run: what an import would do to every row of the file, without doing it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from accounts.imports.chunks import chunks, survey
from accounts.imports.cleaning import CleanRow, Problem, Rejection
from accounts.imports.jobs import Work
from accounts.imports.targets import Outcome
from accounts.imports.targets.customers import WAITS
from accounts.imports.telling import told
from accounts.models import Customer, Stage
from accounts.rules import fold

SHOWN_ROWS = 10
SHOWN_PROBLEMS = 100
SHOWN_DUPLICATES = 20
MOST_NAMES = 50_000
Progress = Callable[[int], None]


@dataclass
class Preview:
    """What the dry run found; the lists are cut, the counts are whole."""

    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    alike: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as a job keeps it."""
        return dict(vars(self))


def try_out(work: Work, *, progress: Progress | None = None) -> Preview:
    """Return what the import of the whole file would do now."""
    preview = Preview()
    watch = _Watch()
    for outcome in _outcomes(work, preview):
        _count(preview, outcome)
        _show(preview, work, outcome)
        if work.kind == "customers":
            watch.look(preview, outcome)
        if progress:
            progress(preview.created + preview.updated + preview.unchanged + preview.rejected)
    preview.problems.sort(key=lambda problem: problem["row"])
    return preview


def problems_of(work: Work) -> Iterator[tuple[int, list[str], str, Problem]]:
    """Yield every problem of the file: row number, cells, how bad it is and the problem."""
    for outcome in _outcomes(work, Preview()):
        found = [(one.number, one.cells, "rejected", problem) for one in outcome.rejections for problem in one.problems]
        found += [(number, [], "warning", problem) for number, problem in outcome.warnings]
        yield from sorted(found, key=lambda item: item[0])


def _outcomes(work: Work, preview: Preview) -> Iterator[Outcome]:
    plan = survey(work, work.table.rows())
    preview.total = plan.total_rows
    waiting: list[Rejection] = []
    for chunk in chunks(work, plan):
        outcome = work.target(lock=False).apply(chunk.rows)
        outcome.rejections = sorted([*outcome.rejections, *chunk.rejections], key=lambda one: one.number)
        late = [one for one in outcome.rejections if one.problems[0].code == WAITS]
        if late:
            waiting += late
            outcome.rejections = [one for one in outcome.rejections if one.problems[0].code != WAITS]
        yield outcome
    if waiting:
        yield _settled(work, waiting)


def _settled(work: Work, waiting: list[Rejection]) -> Outcome:
    """Return what becomes of rows whose parent was not there yet: those whose parent the file brings get in."""
    wanted = {_parent_text(work, one) for one in waiting}
    places = [
        work.table.header.index(column) for column, name in work.mapping.items() if name in ("external_id", "name")
    ]
    brought = {
        text
        for row in work.table.rows()
        if not row.problem
        for place in places
        if (text := row.cells[place].strip()) in wanted
    }
    outcome = Outcome()
    for one in waiting:
        if _parent_text(work, one) in brought:
            outcome.created += 1
        else:
            outcome.rejections.append(one)
    return outcome


def _parent_text(work: Work, one: Rejection) -> str:
    return one.cells[work.table.header.index(work.aim.column_of["parent"])].strip()


def _count(preview: Preview, outcome: Outcome) -> None:
    preview.created += outcome.created
    preview.updated += outcome.updated
    preview.unchanged += outcome.unchanged
    preview.rejected += len(outcome.rejections)
    preview.warned += len(outcome.warnings)
    for one in outcome.rejections:
        for problem in one.problems:
            key = f"{problem.column}: {problem.code}" if problem.column else problem.code
            preview.reasons[key] = preview.reasons.get(key, 0) + 1
            if len(preview.problems) < SHOWN_PROBLEMS:
                preview.problems.append(told(one.number, problem))
    for number, problem in outcome.warnings:
        if len(preview.warnings) < SHOWN_PROBLEMS:
            preview.warnings.append(told(number, problem))


def _show(preview: Preview, work: Work, outcome: Outcome) -> None:
    """Keep the first rows as they will be stored."""
    for row, record in outcome.applied:
        if len(preview.rows) >= SHOWN_ROWS:
            return
        step = "new" if record.before is None else "updated" if record.changes else "unchanged"
        preview.rows.append({"row": row.number, "step": step, "values": _shown_values(work, row, record.values)})


def _shown_values(work: Work, row: CleanRow, values: dict[str, Any]) -> dict[str, str]:
    shown: dict[str, str] = {}
    if row.customer is not None and values.get("customer_id"):
        shown["customer"] = row.customer.external_id or row.customer.name or row.customer.domain or row.customer.email
    for name, value in values.items():
        if name in ("customer_id", "parent_id", "merged_into_id", "custom"):
            continue
        shown[name] = str(Stage(value).label) if name == "stage" else _shown(value)
    for key, value in values.get("custom", {}).items():
        shown[f"custom.{key}"] = _shown(value)
    return shown


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


class _Watch:
    """Notices new customers that look like another one, in the file or stored, by domain or name."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def look(self, preview: Preview, outcome: Outcome) -> None:
        """Add the likely duplicates of these rows."""
        made = {id(record): (row.number, record) for row, record in reversed(outcome.applied) if record.before is None}
        new = [(number, record.values) for number, record in sorted(made.values(), key=lambda one: one[0])]
        for number, values in new:
            for by, text in (("domain", values["domain"]), ("name", fold(values["name"]))):
                if not text or len(self._seen) >= MOST_NAMES:
                    continue
                first, external_id = self._seen.setdefault(f"{by}:{text}", (number, values["external_id"] or ""))
                if first != number and external_id != (values["external_id"] or ""):
                    _add_alike(preview, number, values["name"], f"row {first}", by)
        if len(preview.alike) < SHOWN_DUPLICATES:
            self._look_among_stored(preview, new)

    @staticmethod
    def _look_among_stored(preview: Preview, new: list[tuple[int, dict[str, Any]]]) -> None:
        domains = {values["domain"] for _, values in new} - {""}
        names = {values["name"] for _, values in new}
        like = Q(name__in=names) | (Q(domain__in=domains) & ~Q(domain="")) if domains else Q(name__in=names)
        stored = list(
            Customer.objects.filter(like, merged_into=None)
            .order_by("id")
            .values_list("name", "domain")[:SHOWN_DUPLICATES]
        )
        by_name = {name: name for name, _ in stored}
        by_domain = {domain: name for name, domain in stored if domain}
        for number, values in new:
            if values["domain"] in by_domain:
                _add_alike(preview, number, values["name"], f"the customer {by_domain[values['domain']]}", "domain")
            elif values["name"] in by_name:
                _add_alike(preview, number, values["name"], f"the customer {values['name']}", "name")


def _add_alike(preview: Preview, number: int, name: str, like: str, by: str) -> None:
    if len(preview.alike) < SHOWN_DUPLICATES:
        preview.alike.append({"row": number, "name": name, "like": like, "by": by})
