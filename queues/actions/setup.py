"""Setting queues up: what they are about, who hosts them, and the rules by which hours are offered.

What is already booked stays booked whatever changes here.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import slugify

from accounts.models import Role, RoleGrant, Tier, User
from accounts.permissions import require
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from queues.models import HostWindow, Queue, QueueHost, QueueTopic

HOSTING_ROLES = (Role.CSM, Role.SPECIALIST)
FACTS = frozenset(
    {
        *("name", "description", "is_open", "languages", "countries", "tiers", "slot_minutes", "step_minutes"),
        *("buffer_before_minutes", "buffer_after_minutes", "notice_minutes", "horizon_days", "hours_per_customer"),
        *("period", "change_until_minutes", "offer_minutes", "reminders", "meeting_text"),
    }
)
MOST_TOPICS = 40
MOST_REMINDERS = 5
LONGEST_REMINDER = 14 * 24 * 60
MOST_WEEKLY_MINUTES = 7 * 24 * 60

Window = tuple[int, int, int]


@repeated_transaction
def create_queue(*, actor: User | None, topics: Iterable[str] = (), **facts: Any) -> Queue:
    """Return the queue now there, with its topics.

    Raises Invalid for facts that contradict each other, Conflict for a name that is taken.
    """
    _may(actor)
    queue = Queue()
    _take_facts(queue, facts)
    queue.slug = _free_slug(queue.name)
    queue.save()
    _set_topics(queue, topics)
    return queue


@repeated_transaction
def update_queue(*, actor: User | None, queue: Queue, topics: Iterable[str] | None = None, **facts: Any) -> Queue:
    """Return the queue with these facts; its address stays, because customers keep it. Raises as `create_queue`."""
    _may(actor)
    locked = Queue.objects.select_for_update().get(pk=queue.pk)
    _take_facts(locked, facts)
    locked.save()
    if topics is not None:
        _set_topics(locked, topics)
    return locked


@repeated_transaction
def add_host(*, actor: User | None, queue: Queue, person: User, **facts: Any) -> QueueHost:
    """Return the person as a host of the queue, active again where it was one before.

    Raises Invalid for who is neither CSM nor one-to-many specialist.
    """
    _may(actor)
    if person not in possible_hosts():
        raise Invalid(f"{person} is neither an active CSM nor a one-to-many specialist.", field="person")
    host = QueueHost.objects.filter(queue=queue, person=person).first() or QueueHost(queue=queue, person=person)
    host.is_active = True
    return _save_host(host, facts)


@repeated_transaction
def update_host(*, actor: User | None, host: QueueHost, **facts: Any) -> QueueHost:
    """Return the host with these facts; one set inactive keeps the hours that are booked."""
    _may(actor)
    locked = QueueHost.objects.select_for_update(of=("self",)).select_related("person").get(pk=host.pk)
    if facts.get("is_active") and locked.person not in possible_hosts():
        raise Invalid(f"{locked.person} is neither an active CSM nor a one-to-many specialist.", field="is_active")
    return _save_host(locked, facts)


@repeated_transaction
def set_windows(*, actor: User | None, host: QueueHost, windows: Iterable[Window]) -> list[HostWindow]:
    """Return the host's windows, now these (weekday from 0, minutes from midnight); none: all working hours.

    Raises Invalid where two overlap or one is not within a day.
    """
    _may(actor)
    locked = QueueHost.objects.select_for_update().get(pk=host.pk)
    wanted = sorted(set(windows))
    for weekday, starts, ends in wanted:
        if not (0 <= weekday <= 6 and 0 <= starts < ends <= 24 * 60):
            raise Invalid("A window begins before it ends, within one day.", code="bad_window")
    for one, other in pairwise(wanted):
        if one[0] == other[0] and other[1] < one[2]:
            raise Invalid("Two windows of one day overlap.", code="windows_overlap")
    locked.windows.all().delete()
    return HostWindow.objects.bulk_create(
        HostWindow(host=locked, weekday=weekday, starts=starts, ends=ends) for weekday, starts, ends in wanted
    )


def possible_hosts() -> QuerySet[User]:
    """Return active staff who may host: CSMs and one-to-many specialists, by name."""
    holders = RoleGrant.objects.filter(role__in=HOSTING_ROLES).values("user_id")
    return User.objects.filter(kind=User.Kind.STAFF, is_active=True, pk__in=holders).order_by("name", "pk")


def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "queue.manage")


def _take_facts(queue: Queue, facts: dict[str, Any]) -> None:
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise Invalid(f"A queue has no {unknown[0]}.", code="unknown_field", field=unknown[0])
    for name, value in facts.items():
        setattr(queue, name, value.strip() if isinstance(value, str) else value)
    _check_facts(queue)
    try:
        queue.clean_fields(exclude=["slug"])
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error
    twins = Queue.objects.filter(name__iexact=queue.name).exclude(pk=queue.pk)
    if twins.exists():
        raise Conflict("Another queue has this name.", code="name_taken", field="name")


def _check_facts(queue: Queue) -> None:
    if not queue.tiers:
        raise Invalid("Some tier has to be served.", field="tiers")
    if set(queue.tiers) - set(Tier.values):
        raise Invalid("There is no such tier.", field="tiers")
    queue.tiers = [tier for tier in Tier.values if tier in queue.tiers]
    if queue.notice_minutes >= queue.horizon_days * 24 * 60:
        raise Invalid(
            "Hours are booked further ahead than the horizon shows: nothing could be booked.", field="notice_minutes"
        )
    queue.reminders = sorted(set(queue.reminders), reverse=True)
    if len(queue.reminders) > MOST_REMINDERS:
        raise Invalid(f"At most {MOST_REMINDERS} reminders.", field="reminders")
    if any(not 5 <= minutes <= LONGEST_REMINDER for minutes in queue.reminders):
        raise Invalid("A reminder goes out between 5 minutes and 14 days before.", field="reminders")


def _set_topics(queue: Queue, topics: Iterable[str]) -> None:
    """Make these the queue's topics, in this order; one that is no longer offered stays with the hours about it."""
    names = list(dict.fromkeys(" ".join(name.split())[:120] for name in topics if name.strip()))
    if len(names) > MOST_TOPICS:
        raise Invalid(f"At most {MOST_TOPICS} topics: customers read them all.", field="topics")
    known = {topic.name: topic for topic in queue.topics.all()}
    for position, name in enumerate(names):
        topic = known.pop(name, None) or QueueTopic(queue=queue, name=name)
        topic.position, topic.is_active = position, True
        topic.save()
    QueueTopic.objects.filter(pk__in=[topic.pk for topic in known.values()]).update(is_active=False)


def _save_host(host: QueueHost, facts: dict[str, Any]) -> QueueHost:
    for name in ("is_active", "weekly_minutes", "weight", "meeting_url"):
        if name in facts:
            setattr(host, name, facts[name])
    if not 0 <= host.weekly_minutes <= MOST_WEEKLY_MINUTES:
        raise Invalid("A week has 168 hours.", field="weekly_minutes")
    try:
        host.clean_fields()
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error
    host.save()
    return host


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "queue"
    taken = set(Queue.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
