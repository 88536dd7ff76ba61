"""Finding a host for an hour and taking it in the ledger, under the host's lock and by the rules that offered it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, User
from calendars.ledger import lock_hosts, release, span_of, take
from calendars.models import Commitment
from calendars.rules.spans import Span
from core.errors import Conflict, Invalid
from queues.actions.refusals import Taken, not_offered, refused
from queues.models import Booking, Queue
from queues.queries.customers import claims_of
from queues.queries.hosts import loads_of
from queues.queries.slots import NEAR, look_around, reasons_at
from queues.rules.customers import not_claimable
from queues.rules.fairness import Choice, in_turn

CHOSEN = "Chosen by name"
STAYED = "Stayed with the same host"
# No queue's horizon goes so far; beyond it lies the end of the calendar.
YEARS_AHEAD = 3


@dataclass(frozen=True)
class Wish:
    """An hour that somebody wants: with whom (None: any expert), and of what it gives back for it."""

    queue: Queue
    customer: Customer
    starts_at: datetime
    host_id: int | None = None
    giving_back: tuple[Commitment, ...] = ()
    moving: Booking | None = None
    beyond_allowance: bool = False

    @property
    def span(self) -> Span:
        """Return the hour without its buffers."""
        return Span(self.starts_at, self.starts_at + timedelta(minutes=self.queue.slot_minutes))

    @property
    def before(self) -> timedelta:
        """Return the pause before it."""
        return timedelta(minutes=self.queue.buffer_before_minutes)

    @property
    def after(self) -> timedelta:
        """Return the pause after it."""
        return timedelta(minutes=self.queue.buffer_after_minutes)


@dataclass(frozen=True)
class Place:
    """The hour in the ledger, with whom, and why with that host."""

    commitment: Commitment
    host: User
    why: str


def place(
    wish: Wish, *, kind: str, title: str = "", expires_at: datetime | None = None, actor: User | None = None
) -> Place:
    """Return the hour taken; the customer's row is locked, and the host's is when this returns.

    Raises Invalid for a rule that is not met and Taken where nobody has the time (any more).
    """
    now = timezone.now()
    spared = [commitment.pk for commitment in wish.giving_back]
    only = None if wish.host_id is None else [wish.host_id]
    around = look_around(wish.queue, wish.starts_at, hosts=only, but_for=spared, now=now, days=NEAR)
    free = [host for host, reason in around.reasons.items() if reason is None]
    if not free:
        raise not_offered(wish.queue, around, wish.host_id)
    check_claims(wish, now)
    for choice in _choices(wish, free, now):
        try:
            # What a savepoint has locked is free again where it is undone, so that nobody holds two hosts in its turn.
            with transaction.atomic():
                return _take(wish, choice, spared, kind=kind, title=title, expires_at=expires_at, actor=actor)
        except Taken:
            continue
    raise Taken


def check_claims(wish: Wish, now: datetime) -> None:
    """Return nothing where the customer may have the hour beside those it has; raise Invalid otherwise."""
    claims = claims_of(wish.queue, wish.customer, now=now, but_for=wish.moving)
    refusal = not_claimable(claims, wish.span)
    if refusal is not None and not (wish.beyond_allowance and refusal.code == "allowance_used"):
        raise refused(refusal)


def _choices(wish: Wish, free: Collection[int], now: datetime) -> list[Choice]:
    if wish.host_id is not None:
        stays = wish.moving is not None and wish.moving.host_id == wish.host_id
        return [Choice(wish.host_id, STAYED if stays else CHOSEN)]
    stays_with = wish.moving.host_id if wish.moving else None
    order = in_turn([host for host in free if host != stays_with], loads_of(wish.queue, free, now))
    return [Choice(stays_with, STAYED), *order] if stays_with in free else order  # type: ignore[arg-type]


def _take(
    wish: Wish,
    choice: Choice,
    spared: Collection[int],
    *,
    kind: str,
    title: str,
    expires_at: datetime | None,
    actor: User | None,
) -> Place:
    people = lock_hosts([choice.host, *(old.host_id for old in wish.giving_back)])
    host, now = people.get(choice.host), timezone.now()
    if host is None:
        raise Taken
    reasons = reasons_at(wish.queue, wish.starts_at, hosts=[host.pk], but_for=spared, now=now)
    if reasons.get(host.pk, "gone") is not None:
        raise Taken
    busy = wish.span.widened(wish.before, wish.after)
    in_the_way = [old for old in wish.giving_back if old.host_id == host.pk and span_of(old).overlaps(busy)]
    for old in in_the_way:
        release(old)
    try:
        commitment = take(
            host=host,
            span=wish.span,
            kind=kind,
            title=title,
            before=wish.before,
            after=wish.after,
            expires_at=expires_at,
            actor=actor,
        )
    except Conflict as error:
        raise Taken from error
    for old in wish.giving_back:
        if old not in in_the_way:
            release(old)
    return Place(commitment, host, choice.why)


def start_of(starts_at: datetime | None) -> datetime:
    """Return the start in UTC; raise Invalid for one that is missing, says no zone or is absurd."""
    if starts_at is None:
        raise Invalid("Say when the hour begins.", code="required", field="start")
    if timezone.is_naive(starts_at):
        raise Invalid("Say the start with its offset from UTC.", code="start_without_offset", field="start")
    years = starts_at.year - timezone.now().year
    if years > YEARS_AHEAD:
        raise Invalid("That is further ahead than anybody books.", code="horizon", field="start")
    if years < -YEARS_AHEAD:
        raise Invalid("That time is long over.", code="notice", field="start")
    return starts_at.astimezone(UTC)
