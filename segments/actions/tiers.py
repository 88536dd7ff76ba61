"""A person's word on a customer's tier: pins, and the moves that wait for approval."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import timeline
from accounts.access import may_with
from accounts.actions.editing import lock_customer
from accounts.actions.portfolios import lock_people
from accounts.models import Assignment, Customer, Role, Tier, TimelineEntry, User
from core.errors import Conflict, Invalid, NotAllowed, ProductError
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments import promises
from segments.actions.assignments.refusals import people_with_room
from segments.models import TierMove, TierPin
from segments.moving import Mover
from segments.plan import Moment, make_plan
from segments.queries.portfolios import portfolio_load
from segments.queries.rule_sets import active_rule_set, rule_book

MAX_PIN_DAYS = 3 * 366
# A signal that names more customers than this is answered by one run over all of them.
MANY_CUSTOMERS = 5_000


# --- pins ---------------------------------------------------------------------------------------
@repeated_transaction
def pin_tier(
    *, actor: User, customer: Customer, tier: str, reason: str, until: date, override_reason: str = ""
) -> TierPin:
    """Return the pin: the customer is in this tier now, whatever the rules say, until the end of the day `until`.

    A pin before it ends. Raises Conflict `over_limit` where the CSM has no place left in the tier and no override
    reason is given, NotAllowed where the actor may not override, Invalid for a missing reason or a wrong day.
    """
    moment = Moment.at(timezone.now())
    reason = _checked_reason(reason)
    if tier not in Tier.values:
        raise Invalid("Choose a tier.", field="tier")
    if not moment.today <= until or (until - moment.today).days > MAX_PIN_DAYS:
        raise Invalid("The last day is from today to three years from now.", field="until")
    customer = lock_customer(customer)
    TierPin.objects.filter(customer=customer, ended_at=None).update(ended_at=moment.now, ended_by=actor)
    pin = TierPin.objects.create(
        customer=customer, tier=tier, reason=reason, pinned_by=actor, pinned_at=moment.now, until=until
    )
    timeline.record(
        customer,
        "tier.pinned",
        f"Pinned to {Tier(tier).label.lower()} until {until:%-d %b %Y}",
        actor=actor,
        why=reason,
        data={"tier": tier, "until": until.isoformat(), "override": override_reason},
    )
    # A run that has already looked at the customer sees that it has changed, and leaves it alone.
    Customer.objects.filter(pk=customer.pk).update(updated_at=moment.now)
    _make_room(actor, customer, tier, override_reason)
    _place_now(actor, customer, moment)
    return pin


@repeated_transaction
def end_pin(*, actor: User, pin: TierPin, why: str = "") -> TierPin:
    """Return the pin, now ended; the rules decide again after the commit. Raises Conflict where it had ended."""
    customer = lock_customer(pin.customer)
    now = timezone.now()
    if not TierPin.objects.filter(pk=pin.pk, ended_at=None).update(ended_at=now, ended_by=actor):
        raise Conflict("This pin has ended already.", code="pin_ended")
    timeline.record(customer, "tier.unpinned", "No longer pinned to a tier", actor=actor, why=why)
    Customer.objects.filter(pk=customer.pk).update(updated_at=now)
    promise_placement([customer.pk])
    pin.refresh_from_db()
    return pin


@repeated_transaction
def end_due_pins() -> int:
    """Return how many pins were past their last day and are ended now; the rules decide again after the commit."""
    moment = Moment.at(timezone.now())
    due = TierPin.objects.filter(ended_at=None, until__lt=moment.today)
    with connection.cursor() as cursor:
        sql, params = due.values("pk").query.sql_with_params()
        cursor.execute(
            f"UPDATE segments_tierpin SET ended_at = %s WHERE id IN ({sql}) RETURNING customer_id",  # noqa: S608
            [moment.now, *params],
        )
        ids = [row[0] for row in cursor.fetchall()]
    TimelineEntry.objects.bulk_create(
        [timeline.entry(pk, "tier.unpinned", "The pin to a tier has run out", actor=None) for pk in ids],
        batch_size=2000,
    )
    promise_placement(ids)
    return len(ids)


def promise_placement(customer_ids: Sequence[int]) -> None:
    """Promise, as a part of the current transaction, that these customers are placed again after the commit."""
    ids = sorted(set(customer_ids))
    if len(ids) > MANY_CUSTOMERS:
        enqueue(promises.PLACE, {"customer_ids": None}, key="all")
    elif ids:
        # The same customers promised twice before a worker comes to it are placed once.
        key = str(ids[0]) if len(ids) == 1 else _mark_of(ids)
        enqueue(promises.PLACE, {"customer_ids": ids}, key=key)


# --- approvals ----------------------------------------------------------------------------------
@repeated_transaction
def approve_move(*, actor: User, move: TierMove, note: str = "", expected: str | None = None) -> TierMove:
    """Return the move, now applied: the customer is in the tier and its CSM follows or is released.

    `expected` is the `mark_of_move` that the person saw. Raises Conflict where somebody decided before, or the
    customer's facts or the rules no longer lead there.
    """
    customer, move = _locked_move(move)
    if expected and expected != mark_of_move(move):
        raise Conflict(f"{customer} has changed since you looked; look again.", code="changed_since")
    moment = Moment.at(timezone.now())
    mover = _plan_for(actor, customer, moment)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tier_plan SET outcome = 'apply' WHERE outcome = 'waiting' AND from_tier = %s AND to_tier = %s"
            " RETURNING rule_id, arr",
            [move.from_tier, move.to_tier],
        )
        found = cursor.fetchone()
    if found != (move.rule_id, move.arr):
        raise Conflict(
            f"{customer} has changed since this move was proposed; it is looked at again.",
            code="changed_since",
        )
    mover.move([customer.pk], is_written=True)
    move.status, move.rule_set_id = TierMove.Status.APPLIED, mover.book.id
    # Its place in the history is when it came true.
    move.created_at = moment.now
    _decide(move, actor, moment.now, note)
    enqueue(promises.FILL, {}, key="all")
    return move


@repeated_transaction
def reject_move(*, actor: User, move: TierMove, note: str) -> TierMove:
    """Return the move, now rejected: the same one is not proposed again for 90 days under the same rules.

    Raises Invalid without a note and Conflict where somebody decided before.
    """
    if not note.strip():
        raise Invalid("Say why, for whoever looks at this customer next.", field="note")
    customer, move = _locked_move(move)
    move.status = TierMove.Status.REJECTED
    _decide(move, actor, timezone.now(), note)
    timeline.record(
        customer,
        "tier.rejected",
        f"A move to {move.get_to_tier_display().lower()} was rejected",
        actor=actor,
        why=note.strip(),
        data={"from": move.from_tier, "to": move.to_tier},
    )
    return move


@dataclass(frozen=True)
class Refusal:
    """A move of many that could not be decided, and why."""

    move: TierMove
    reason: str


def decide_moves(
    *, actor: User, moves: Sequence[TierMove], approve: bool, note: str = "", expected: dict[int, str] | None = None
) -> tuple[list[TierMove], list[Refusal]]:
    """Return the moves now decided and those that were refused: each is decided by itself, as if alone."""
    decided, refused = [], []
    for move in moves:
        try:
            if approve:
                mark = (expected or {}).get(move.pk)
                decided.append(approve_move(actor=actor, move=move, note=note, expected=mark))
            else:
                decided.append(reject_move(actor=actor, move=move, note=note))
        except ProductError as error:
            refused.append(Refusal(move, error.message))
    return decided, refused


def mark_of_move(move: TierMove) -> str:
    """Return a short mark of what a person sees of a move, to notice that it has changed since."""
    return _mark_of([move.rule_set_id, move.rule_id, move.to_tier, str(move.arr.normalize()), move.figures])


def _mark_of(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _locked_move(move: TierMove) -> tuple[Customer, TierMove]:
    customer = lock_customer(move.customer)
    locked = TierMove.objects.select_for_update().get(pk=move.pk)
    if locked.status != TierMove.Status.WAITING:
        raise Conflict(
            f"The move of {customer} is decided already: {locked.get_status_display().lower()}.", code="decided"
        )
    return customer, locked


def _decide(move: TierMove, actor: User, now: datetime, note: str) -> None:
    move.decided_by, move.decided_at, move.decision_note = actor, now, note.strip()[:300]
    move.save(update_fields=["status", "rule_set", "created_at", "decided_by", "decided_at", "decision_note"])


# --- placing one customer at once ---------------------------------------------------------------
def _plan_for(actor: User | None, customer: Customer, moment: Moment) -> Mover:
    book = rule_book(active_rule_set(), now=moment.now)
    cursor = connection.cursor()
    make_plan(cursor, book, moment, customer_ids=[customer.pk])
    return Mover(cursor, book, moment, actor=actor)


def _place_now(actor: User, customer: Customer, moment: Moment) -> None:
    mover = _plan_for(actor, customer, moment)
    mover.move([customer.pk])
    mover.propose([customer.pk])
    enqueue(promises.FILL, {}, key="all")


def _make_room(actor: User, customer: Customer, tier: str, override_reason: str) -> None:
    """Refuse where the customer's CSM has no place left in the tier, or let it pass for the reason given."""
    held = Assignment.objects.filter(customer=customer, role=Role.CSM, ends_at=None).select_related("person").first()
    if held is None or held.tier == tier or tier == Tier.TECH:
        return
    lock_people([held.person_id])
    load = portfolio_load([held.person])[held.person_id][tier]
    if load.has_room:
        return
    if not override_reason.strip():
        raise Conflict(
            f"{held.person} looks after {load.used} {Tier(tier).label.lower()} customers and the limit is {load.limit}."
            " Give a reason to go past the limit, or hand the customer over first.",
            code="over_limit",
            field="override_reason",
            limit=load.limit,
            count=load.used,
            has_room=people_with_room(tier, except_for=held.person),
        )
    if not may_with(actor, customer, "assignment.override_limit"):
        raise NotAllowed("You may not go past a portfolio's limit.", code="not_allowed")
    held.over_limit_reason = override_reason.strip()[:300]
    held.save(update_fields=["over_limit_reason"])


def _checked_reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise Invalid("Say why, for whoever looks at this customer next.", field="reason")
    if len(text) > 300:
        raise Invalid("At most 300 letters.", field="reason")
    return text
