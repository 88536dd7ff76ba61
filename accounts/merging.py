"""The machinery of merging two rows into one: every relation is walked, and every step logged so that it can be undone.

It knows no table by name. An app says what happens to its rows by `before_moving` and `on_clash`; a row that would
break a unique constraint and about which nobody says anything stays with the merged customer, where an undo finds it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import models
from django.db.models import Exists, ForeignKey, OuterRef, Q, QuerySet, UniqueConstraint
from django.utils import timezone

from accounts.models import User

# Relations that tell of merges and duplicates themselves, and so stay with the customer they tell of.
STAYING = frozenset(
    {
        "accounts.CustomerMerge.kept",
        "accounts.CustomerMerge.merged",
        "accounts.DuplicatePair.first",
        "accounts.DuplicatePair.second",
    }
)


@dataclass
class Merger:
    """Moves rows from one owner to another and keeps the log of it."""

    actor: User | None
    kept: models.Model
    merged: models.Model
    now: datetime = field(default_factory=timezone.now)
    moves: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    _step: int = 0

    def change(self, row: models.Model, **values: Any) -> None:
        """Set values of a row by column name (`parent_id`), where they differ, and log what was there."""
        told = {}
        for name, new in values.items():
            old = getattr(row, name)
            if old != new:
                told[name] = [plain(old), plain(new)]
                setattr(row, name, new)
        if told:
            type(row)._base_manager.filter(pk=row.pk).update(**{name: values[name] for name in told})
            self.changes.append({"step": self._next(), "model": row._meta.label, "pk": row.pk, "fields": told})

    def move_all(self, source: models.Model, target: models.Model) -> None:
        """Point every row that points at `source` to `target`, where no unique constraint forbids it."""
        for relation in relations_to(type(source)):
            self._move(relation, source, target)

    def leave(self, relation: ForeignKey, rows: QuerySet) -> list[int]:
        """Log and return the ids of rows that stay behind."""
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            self.left.append({"model": relation.model._meta.label, "field": relation.name, "ids": ids})
        return ids

    def count_moved(self) -> dict[str, int]:
        """Return how many rows of each model changed hands."""
        counts: dict[str, int] = {}
        for move in self.moves:
            counts[move["model"]] = counts.get(move["model"], 0) + len(move["ids"])
        return counts

    def _move(self, relation: ForeignKey, source: models.Model, target: models.Model) -> None:
        rows = relation.model._base_manager.filter(**{relation.name: source.pk})
        if not rows.exists():
            return
        for hook in _before.get((relation.model._meta.label, relation.name), []):
            hook(self)
        for rule in unique_rules(relation):
            for row, other in rule.clashes(source.pk, target.pk):
                resolver = _resolvers.get(rule.name)
                if resolver is not None:
                    resolver(self, row, other)
        staying = self.leave(relation, rows.filter(_any_clash(relation, target.pk)))
        ids = list(rows.exclude(pk__in=staying).order_by("pk").values_list("pk", flat=True))
        if ids:
            relation.model._base_manager.filter(pk__in=ids).update(**{relation.name: target.pk})
            self.moves.append(
                {
                    "step": self._next(),
                    "model": relation.model._meta.label,
                    "field": relation.name,
                    "from": source.pk,
                    "to": target.pk,
                    "ids": ids,
                }
            )

    def _next(self) -> int:
        self._step += 1
        return self._step


Hook = Callable[[Merger], None]
Resolver = Callable[[Merger, Any, Any], None]
_before: dict[tuple[str, str], list[Hook]] = {}
_resolvers: dict[str, Resolver] = {}


def before_moving(label: str, relation: str) -> Callable[[Hook], Hook]:
    """Return a decorator: the function is called once before rows of this model and relation move."""

    def register(hook: Hook) -> Hook:
        _before.setdefault((label, relation), []).append(hook)
        return hook

    return register


def on_clash(constraint: str) -> Callable[[Resolver], Resolver]:
    """Return a decorator: the function is called for each (merged's row, kept's row) that the constraint forbids.

    It may change either row by `Merger.change`; a row that still clashes stays behind.
    """

    def register(resolver: Resolver) -> Resolver:
        _resolvers[constraint] = resolver
        return resolver

    return register


@dataclass(frozen=True)
class UniqueRule:
    """That rows with the same values in `others`, where `condition` holds, must not have the same owner."""

    relation: ForeignKey
    name: str
    others: tuple[str, ...]
    condition: Q

    def clashing(self, target_pk: int) -> Q:
        """Return what the rows meet whose place at the target is taken."""
        same = {name: OuterRef(name) for name in self.others}
        taken = self.relation.model._base_manager.filter(self.condition, **{self.relation.name: target_pk}, **same)
        return self.condition & Q(Exists(taken))

    def clashes(self, source_pk: int, target_pk: int) -> list[tuple[models.Model, models.Model]]:
        """Return the source's rows that clash, each with the target's row in its place."""
        manager = self.relation.model._base_manager
        found = manager.filter(self.clashing(target_pk), **{self.relation.name: source_pk}).order_by("pk")
        return [(row, self._other(row, target_pk)) for row in found]

    def _other(self, row: models.Model, target_pk: int) -> models.Model:
        same = {name: getattr(row, row._meta.get_field(name).attname) for name in self.others}  # type: ignore[union-attr]
        manager = self.relation.model._base_manager
        return manager.filter(self.condition, **{self.relation.name: target_pk}, **same)[0]


def relations_to(model: type[models.Model]) -> Iterator[ForeignKey]:
    """Yield every foreign key that points at the model, hidden and many-to-many ones too, but no history's."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        key = getattr(relation, "field", None)
        if isinstance(key, ForeignKey) and _is_to_move(key):
            yield key


def unique_rules(relation: ForeignKey) -> list[UniqueRule]:
    """Return the unique constraints that can forbid a row to change hands by this relation."""
    name, meta = relation.name, relation.model._meta
    rules = [
        UniqueRule(relation, constraint.name, _others(constraint.fields, name), constraint.condition or Q())
        for constraint in meta.constraints
        if isinstance(constraint, UniqueConstraint) and name in constraint.fields
    ]
    rules += [
        UniqueRule(relation, "_".join(fields), _others(fields, name), Q())
        for fields in meta.unique_together
        if name in fields
    ]
    if relation.unique:
        rules.append(UniqueRule(relation, f"{meta.label}.{name}", (), Q()))
    return rules


def undo(moves: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[str]:
    """Take the steps of a log back, the last one first, and return in words what stays as it is.

    A row that went elsewhere or a value that was changed since is left alone.
    """
    kept_words: list[str] = []
    for step in sorted([*moves, *changes], key=lambda s: -s["step"]):
        if "fields" in step:
            kept_words += _undo_change(step)
        else:
            model = apps.get_model(step["model"])
            rows = model._base_manager.filter(pk__in=step["ids"], **{step["field"]: step["to"]})
            rows.update(**{step["field"]: step["from"]})
    return kept_words


def plain(value: Any) -> Any:
    """Return the value as JSON keeps it; times keep their microseconds."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _undo_change(step: Mapping[str, Any]) -> list[str]:
    model = apps.get_model(step["model"])
    row = model._base_manager.filter(pk=step["pk"]).first()
    if row is None:
        return [f"{model._meta.verbose_name} {step['pk']} was deleted since"]
    back, stays = {}, []
    for name, (before, after) in step["fields"].items():
        if plain(getattr(row, name)) == after:
            back[name] = _column(model, name).to_python(before)
        else:
            stays.append(f"{_column(model, name).verbose_name} of “{row}” was changed since")
    if back:
        model._base_manager.filter(pk=row.pk).update(**back)
    return stays


def _column(model: type[models.Model], attname: str) -> models.Field:
    return next(f for f in model._meta.concrete_fields if f.attname == attname)


def _is_to_move(key: ForeignKey) -> bool:
    model = key.model
    if not model._meta.managed or model._meta.proxy or issubclass(model, pghistory.models.Event):
        return False
    return f"{model._meta.label}.{key.name}" not in STAYING


def _others(fields: Any, name: str) -> tuple[str, ...]:
    return tuple(other for other in fields if other != name)


def _any_clash(relation: ForeignKey, target_pk: int) -> Q:
    clash = Q(pk__in=[])
    for rule in unique_rules(relation):
        clash |= rule.clashing(target_pk)
    return clash
