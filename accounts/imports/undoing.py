"""Undoing an import as a whole: what it made goes, what it overwrote comes back, what others did since stays."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.models.functions import Now

from accounts.imports.dependents import of_others
from accounts.imports.leases import Lease, fenced
from accounts.imports.targets import TARGETS, tables
from accounts.imports.targets.base import Target
from accounts.models import Customer, ImportChange, ImportJob
from accounts.signals import facts_changed
from core.transactions import repeated_transaction

CHUNK = 500
UNDONE = "undone"
GONE = "undone: it was gone already"
Progress = Callable[[ImportJob], None]
Values = dict[str, Any]


def undo_all(job: ImportJob, lease: Lease, progress: Progress) -> None:
    """Undo the job's changes, the latest objects first, and say on each that was kept why; resumable at any point."""
    target = TARGETS[job.kind]
    before: int | None = None
    while True:
        changes = _next_changes(job, before)
        if not changes:
            break
        before = changes[-1].object_id
        progress(_undo_chunk(lease, target, changes))
    _finish(lease)


def kept(job: ImportJob) -> models.QuerySet[ImportChange]:
    """Return the changes that the undo left in place, with the reason in `undo_result`."""
    return job.changes.exclude(undo_result="").exclude(undo_result__startswith=UNDONE).order_by("id")


def _next_changes(job: ImportJob, before: int | None) -> list[ImportChange]:
    left = ImportChange.objects.filter(job=job, undo_result="")
    if before is not None:
        left = left.filter(object_id__lt=before)
    return list(left.order_by("-object_id")[:CHUNK])


@repeated_transaction
def _undo_chunk(lease: Lease, target: type[Target], changes: list[ImportChange]) -> ImportJob:
    job = fenced(lease)
    stored = _lock(target, [change.object_id for change in changes])
    results = {change.object_id: GONE for change in changes if change.object_id not in stored}
    customers: set[int] = set()
    overwritten = [change for change in changes if not change.was_created and change.object_id in stored]
    made = [change for change in changes if change.was_created and change.object_id in stored]
    customers |= _restore(job, target, overwritten, stored, results)
    customers |= _remove(job, target, made, stored, results)
    _note_results(changes, results)
    still_there = list(Customer.objects.filter(pk__in=customers).order_by("pk").values_list("pk", flat=True))
    if still_there:
        facts_changed.send(sender=target.model, customer_ids=still_there)
    job.options["undone"] = job.options.get("undone", 0) + len(changes)
    job.heartbeat_at = Now()
    job.save(update_fields=["options", "heartbeat_at"])
    return job


def _note_results(changes: list[ImportChange], results: dict[int, str]) -> None:
    rows = [{"id": change.pk, "undo_result": results[change.object_id][:300]} for change in changes]
    tables.update("accounts_importchange", {"undo_result": "text"}, rows, touch=False)


@repeated_transaction
def _finish(lease: Lease) -> None:
    job = fenced(lease)
    job.state, job.finished_at = ImportJob.State.UNDONE, Now()
    job.save(update_fields=["state", "finished_at"])


def _lock(target: type[Target], ids: list[int]) -> dict[int, Values]:
    rows = tables.select(target.table, {"id": "bigint", **target.columns}, "id = ANY(%s)", [sorted(ids)], lock=True)
    return {row[0]: dict(zip(target.columns, row[1:], strict=True)) for row in rows}


# --- what was overwritten -----------------------------------------------------------------------


def _restore(
    job: ImportJob,
    target: type[Target],
    changes: list[ImportChange],
    stored: dict[int, Values],
    results: dict[int, str],
) -> set[int]:
    """Put back what the import overwrote where nobody changed it since; return whose facts changed."""
    existing = _existing_owners(target, changes)
    rows, stories = [], []
    for change in changes:
        now = stored[change.object_id]
        back, since = _way_back(target, change, now, existing)
        results[change.object_id] = f"{', '.join(since)} changed since, so kept as now" if since else UNDONE
        if back:
            rows.append({"id": change.object_id, **now, **back})
            stories.append((change.object_id, {**now, **back}, back, now))
    if rows:
        tables.update(target.table, target.columns, rows)
        _tell(job, target, [(id_, values, _said(target, now, back)) for id_, values, back, now in stories])
    return {_customer_id(id_, values) for id_, values, _, _ in stories}


def _way_back(target: type[Target], change: ImportChange, now: Values, existing: set[int]) -> tuple[Values, list[str]]:
    """Return the values to put back, and the names of those that somebody changed since."""
    back: Values = {}
    since: list[str] = []
    # JSON keeps no order of its own.
    for name in (name for name in target.columns if name in change.after):
        old, wrote = change.before.get(name), change.after[name]
        if name == "custom":
            restored, changed = _custom_back(now[name], old or {}, wrote)
            back |= {"custom": restored} if restored != now[name] else {}
            since += changed
        elif name == "tags":
            added = set(wrote) - set(old or [])
            back |= {"tags": [tag for tag in now[name] if tag not in added]} if added & set(now[name]) else {}
        elif not _same(target, name, now[name], wrote):
            since += [] if _same(target, name, now[name], old) else [_label(target, name)]
        elif name in ("parent_id", "customer_id") and old is not None and old not in existing:
            since.append(_label(target, name))
        else:
            back[name] = old
    return back, since


def _custom_back(now: Values, old: Values, wrote: Values) -> tuple[Values, list[str]]:
    restored, changed = dict(now), []
    for key in {**old, **wrote}:
        if old.get(key) == wrote.get(key):
            continue
        if now.get(key) == wrote.get(key):
            restored[key] = old.get(key)
        elif now.get(key) != old.get(key):
            changed.append(key)
    return {key: value for key, value in restored.items() if value is not None}, changed


def _existing_owners(target: type[Target], changes: list[ImportChange]) -> set[int]:
    wanted = {c.before[name] for c in changes for name in ("parent_id", "customer_id") if c.before.get(name)}
    return set(Customer.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


# --- what was made ------------------------------------------------------------------------------


def _remove(
    job: ImportJob,
    target: type[Target],
    changes: list[ImportChange],
    stored: dict[int, Values],
    results: dict[int, str],
) -> set[int]:
    """Delete what the import made unless somebody has worked with it since; return whose facts changed."""
    untouched = []
    for change in changes:
        changed = _changed_since(target, change, stored[change.object_id])
        if changed:
            results[change.object_id] = f"{', '.join(changed)} changed since, so it was kept"
        else:
            untouched.append(change.object_id)
    holding = of_others(target.model, untouched, job)
    results |= {id_: f"it has {said}, so it was kept" for id_, said in holding.items()}
    ids = [id_ for id_ in untouched if id_ not in holding]
    gone = _delete(target, ids, results)
    owners = {id_: stored[id_].get("customer_id") for id_ in gone}
    left = [(id_, stored[id_], "was removed again") for id_, owner in owners.items() if owner]
    _tell(job, target, left)
    return {owner for owner in owners.values() if owner}


def _delete(target: type[Target], ids: list[int], results: dict[int, str]) -> list[int]:
    """Return the ids that are deleted now; what something else must keep is left, with the reason."""
    try:
        with transaction.atomic():
            target.model._default_manager.filter(pk__in=ids).delete()
    except (ProtectedError, RestrictedError) as error:
        if len(ids) == 1:
            results[ids[0]] = f"other rows refer to it ({_names(error)}), so it was kept"
            return []
        half = len(ids) // 2
        return _delete(target, ids[:half], results) + _delete(target, ids[half:], results)
    results |= dict.fromkeys(ids, UNDONE)
    return ids


def _names(error: ProtectedError | RestrictedError) -> str:
    found = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
    counts = Counter(str(one._meta.verbose_name_plural) for one in found)
    return ", ".join(sorted(counts))


def _changed_since(target: type[Target], change: ImportChange, now: Values) -> list[str]:
    """Return the names of facts that are neither as the import wrote them nor as a new object has them."""
    expected = {**target.defaults, **change.after}
    return [_label(target, name) for name in target.columns if not _same(target, name, now[name], expected[name])]


# --- words --------------------------------------------------------------------------------------


def _same(target: type[Target], name: str, stored: Any, kept_: Any) -> bool:
    """Tell whether a stored value is the one that was kept as JSON."""
    if stored is None or kept_ is None:
        return stored is None and kept_ is None
    if target.columns[name] == "numeric":
        return bool(stored == type(stored)(kept_))
    if target.columns[name] == "date":
        return bool(stored.isoformat() == kept_)
    return bool(stored == kept_)


def _label(target: type[Target], name: str) -> str:
    return str(target.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _said(target: type[Target], now: Values, back: Values) -> str:
    return "put back: " + ", ".join(_label(target, name) for name in back)


def _customer_id(id_: int, values: Values) -> int:
    return int(values.get("customer_id") or id_)


def _tell(job: ImportJob, target: type[Target], stories: Iterable[tuple[int, Values, str]]) -> None:
    actor = job.undone_by or job.created_by
    rows = [
        {
            "customer_id": _customer_id(id_, values),
            "kind": "import.undone",
            "summary": f"{target.title(values)} {what}"[:300],
            "data": {"import": job.pk},
        }
        for id_, values, what in stories
    ]
    if rows:
        tables.insert(
            "accounts_timelineentry",
            {"customer_id": "bigint", "kind": "text", "summary": "text", "data": "jsonb"},
            rows,
            now=("at",),
            same={
                "why": f"The import of {job.file.name} was undone",
                "actor_id": actor.pk if actor else None,
                "actor_name": str(actor) if actor else "",
            },
        )


def undo_progress(job: ImportJob) -> tuple[int, int]:
    """Return how many changes are undone and how many there are."""
    return job.options.get("undone", 0), job.options.get("to_undo", 0)
