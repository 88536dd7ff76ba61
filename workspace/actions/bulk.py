"""Changing many customers at once: every one is checked, every one has its outcome, a request sent twice is one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.access import customer_for, visible_customers
from accounts.actions.customers import set_stage, tag_customers
from accounts.actions.portfolios import OWNING_ROLES, assign_role, open_assignment
from accounts.models import Customer, Role, Stage, User
from accounts.permissions import require
from core.errors import Invalid, NotAllowed, NotFound, ProductError
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments.access import csm_to_assign
from segments.actions.assignments import assign_csm
from workspace.lists import CustomerList
from workspace.locks import only_worker
from workspace.models import BulkJob, BulkResult

Change = BulkJob.Change
Outcome = BulkResult.Outcome
# Customers of one bulk change: each is a transaction of its own, and a person still reads the outcome.
BULK_LIMIT = 5_000
# Up to a page is done while the person waits; the worker takes over should the request die.
INLINE_LIMIT = 50
INLINE_GRACE = timedelta(minutes=1)

ACTIONS: dict[str, str] = {
    Change.MOVE: "assignment.change",
    Change.TAG: "customer.edit",
    Change.UNTAG: "customer.edit",
    Change.STAGE: "customer.edit",
    Change.ROLE: "assignment.change",
}
# A CSM is assigned by moving, which knows the tiers' limits.
ASSIGNABLE_ROLES = tuple(role for role in OWNING_ROLES if role != Role.CSM)


def start_bulk(
    *,
    actor: User,
    listing: CustomerList,
    customer_ids: Sequence[int],
    change: str,
    values: Mapping[str, Any],
    request_key: UUID,
) -> BulkJob:
    """Return the job that will change these customers; the same `request_key` again returns the first one.

    Raises NotAllowed where the roles do not allow the change at all, Invalid for no customer, too many of them, or
    values that cannot be set.
    """
    if change not in ACTIONS:
        raise Invalid("There is no such change.", field="change")
    require(actor, ACTIONS[change])
    ids = list(dict.fromkeys(customer_ids))
    if not ids:
        raise Invalid("Select at least one customer.", code="nothing_selected")
    if len(ids) > BULK_LIMIT:
        raise Invalid(
            f"At most {BULK_LIMIT:,} customers can be changed at once; narrow the list.", code="too_many_selected"
        )
    _check_values(change, values)
    with transaction.atomic():
        job, is_new = BulkJob.objects.get_or_create(
            owner=actor,
            request_key=request_key,
            defaults={
                "change": change,
                "values": dict(values),
                "page": listing.page,
                "query": listing.query,
                "customer_ids": ids,
                "total": len(ids),
            },
        )
        if is_new:
            wait = INLINE_GRACE if len(ids) <= INLINE_LIMIT else timedelta()
            enqueue("workspace.bulk", {"job": job.pk}, run_after=timezone.now() + wait)
    return job


def run_bulk(pk: int) -> None:
    """Do what is left of the job; a second worker at the same time does nothing, a killed one loses nothing."""
    with only_worker("workspace.bulk", pk) as alone:
        if not alone:
            return
        job = BulkJob.objects.filter(pk=pk, state__in=[BulkJob.State.QUEUED, BulkJob.State.RUNNING]).first()
        if job is None:
            return
        BulkJob.objects.filter(pk=pk).update(state=BulkJob.State.RUNNING)
        done = set(job.results.values_list("customer_id", flat=True))
        for customer_id in job.customer_ids:
            if customer_id not in done:
                _change_one(job, customer_id)
        BulkJob.objects.filter(pk=pk).update(state=BulkJob.State.DONE, finished_at=timezone.now())


@repeated_transaction
def _change_one(job: BulkJob, customer_id: int) -> None:
    # Read again for each: a role taken away meanwhile counts at once.
    owner = User.objects.get(pk=job.owner_id)
    name, outcome, reason = "", Outcome.REFUSED, ""
    try:
        customer = customer_for(owner, customer_id, ACTIONS[job.change])
        name = customer.name
        with transaction.atomic():
            outcome = Outcome.DONE if CHANGES[job.change](owner, customer, job.values) else Outcome.UNCHANGED
    except NotFound:
        reason = "There is no such customer, or you may not see it."
    except NotAllowed as refusal:
        name = name or _name_seen(owner, customer_id)
        reason = refusal.message
    except ProductError as refusal:
        reason = refusal.message
    BulkResult.objects.create(
        job=job, customer_id=customer_id, customer_name=name, outcome=outcome, reason=reason[:300]
    )


def _name_seen(owner: User, customer_id: int) -> str:
    return visible_customers(owner).filter(pk=customer_id).values_list("name", flat=True).first() or ""


def _check_values(change: str, values: Mapping[str, Any]) -> None:
    if change == Change.MOVE:
        csm_to_assign(values.get("person") or 0)
    if change == Change.ROLE:
        _owner_to_be(values.get("person"))
    if change == Change.ROLE and values.get("role") not in ASSIGNABLE_ROLES:
        raise Invalid("Choose a role that owns customers.", field="role")
    if change in (Change.TAG, Change.UNTAG) and not values.get("tags"):
        raise Invalid("Name at least one tag.", field="tags")
    if change == Change.STAGE and values.get("stage") not in Stage.values:
        raise Invalid("Choose a stage.", field="stage")


# --- each change returns whether it changed anything --------------------------------------------------------------
def _move(owner: User, customer: Customer, values: Mapping[str, Any]) -> bool:
    person = csm_to_assign(values["person"])
    held = open_assignment(customer, Role.CSM)
    if held is not None and held.person_id == person.pk:
        return False
    assign_csm(
        actor=owner,
        customer=customer,
        person=person,
        why=values.get("why", ""),
        override_reason=values.get("override_reason", ""),
    )
    return True


def _assign(owner: User, customer: Customer, values: Mapping[str, Any]) -> bool:
    person = _owner_to_be(values["person"])
    held = open_assignment(customer, values["role"])
    if held is not None and held.person_id == person.pk:
        return False
    assign_role(actor=owner, customer=customer, person=person, role=values["role"], why=values.get("why", ""))
    return True


def _tag(owner: User, customer: Customer, values: Mapping[str, Any]) -> bool:
    return bool(tag_customers(actor=owner, customers_queryset=_only(customer), add=values["tags"]))


def _untag(owner: User, customer: Customer, values: Mapping[str, Any]) -> bool:
    return bool(tag_customers(actor=owner, customers_queryset=_only(customer), remove=values["tags"]))


def _set_stage(owner: User, customer: Customer, values: Mapping[str, Any]) -> bool:
    stage, why = values["stage"], values.get("why", "")
    return bool(set_stage(actor=owner, customers_queryset=_only(customer), stage=stage, why=why))


def _owner_to_be(pk: Any) -> User:
    person = User.objects.filter(pk=pk or 0, kind=User.Kind.STAFF, is_active=True).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


def _only(customer: Customer) -> Any:
    return Customer.objects.filter(pk=customer.pk)


CHANGES: dict[str, Callable[[User, Customer, Mapping[str, Any]], bool]] = {
    Change.MOVE: _move,
    Change.ROLE: _assign,
    Change.TAG: _tag,
    Change.UNTAG: _untag,
    Change.STAGE: _set_stage,
}
