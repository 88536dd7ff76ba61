"""What others have hung on an imported object since: an undo must not take it away."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import ForeignKey, Model, Q, QuerySet

from accounts.merging import relations_to
from accounts.models import Assignment, Contact, Customer, ImportChange, ImportJob, TimelineEntry
from accounts.models.imports import ImportKind

# A column that tells who made a row; where it is empty, the product made it by itself.
_MADE_BY = ("assigned_by", "created_by", "decided_by", "merged_by", "pinned_by", "actor")


def of_others(model: type[Model], ids: Iterable[int], job: ImportJob) -> dict[int, str]:
    """Return, by id, what people or other imports have hung on these objects, in words.

    What the product did by itself because the object was there (its first tier, an automatic assignment, the telling
    of it) goes with the object.
    """
    wanted = list(ids)
    found: dict[int, list[str]] = defaultdict(list)
    for relation in relations_to(model):
        held = _of_others(relation, wanted, job)
        for id_ in held.values_list(relation.attname, flat=True).distinct():
            found[id_].append(str(relation.model._meta.verbose_name_plural))
    if model is Contact:
        for id_ in Contact.objects.filter(pk__in=wanted, user__isnull=False).values_list("pk", flat=True):
            found[id_].append("a login")
    return {id_: ", ".join(sorted(set(names))) for id_, names in found.items()}


def _of_others(relation: ForeignKey, ids: list[int], job: ImportJob) -> QuerySet:
    rows = relation.model._base_manager.filter(**{f"{relation.attname}__in": ids}).order_by()
    if relation.model is TimelineEntry:
        # The entries of changes are told by the changes themselves; a note is a person's own work.
        return rows.filter(kind__startswith="note.")
    if relation.model is Assignment:
        return rows.exclude(source=Assignment.Source.AUTOMATIC)
    if relation.model is Customer and job.kind == ImportKind.CUSTOMERS:
        made_here = ImportChange.objects.filter(job=job, was_created=True).values("object_id")
        return rows.exclude(pk__in=made_here)
    names = {field.name for field in relation.model._meta.get_fields()}
    made_by = [name for name in _MADE_BY if name in names]
    if not made_by:
        return rows
    by_nobody = Q(**{f"{name}__isnull": True for name in made_by})
    return rows.exclude(by_nobody)
