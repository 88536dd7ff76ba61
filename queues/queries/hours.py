"""The hour as its host sees it: who comes, what it is about, what was before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Assignment, Contact, Customer, Subscription, TimelineEntry, User
from queues.access import WITH_BOOKING
from queues.models import Booking, FollowUpItem

SHOWN_PAST = 10
SHOWN_STORY = 8
SHOWN_CONTACTS = 8
STORY_DAYS = 365


@dataclass(frozen=True)
class BriefPart:
    """What a higher app knows of a customer and a host should read: webinars attended, materials read.

    `lines` returns short sentences, none where there is nothing to say, in a fixed number of queries.
    """

    name: str
    title: str
    lines: Callable[[Customer], list[str]]


_parts: dict[str, BriefPart] = {}


def register_brief(part: BriefPart) -> None:
    """Add the part to every brief, or replace the one of the same name."""
    _parts[part.name] = part


@dataclass(frozen=True)
class Brief:
    """All that helps a host who never met the customer."""

    customer: Customer
    people: list[Assignment]
    subscriptions: list[Subscription]
    contacts: list[Contact]
    past: list[Booking]
    open_questions: list[Booking]
    story: list[TimelineEntry]
    parts: list[tuple[str, list[str]]]


def brief_of(booking: Booking) -> Brief:
    """Return the brief on the booking's customer, in at most six queries and those of registered parts."""
    customer = booking.customer
    past = list(
        Booking.objects.filter(customer=customer, starts_at__lt=booking.starts_at)
        .exclude(state=Booking.State.CANCELLED)
        .select_related("host", "topic", "contact")
        .order_by("-starts_at")[:SHOWN_PAST]
    )
    since = timezone.now() - timedelta(days=STORY_DAYS)
    story = TimelineEntry.objects.filter(customer=customer, at__gte=since).exclude(kind__startswith="booking.")
    parts = [(part.title, part.lines(customer)) for part in sorted(_parts.values(), key=lambda part: part.name)]
    return Brief(
        customer=customer,
        people=list(customer.assignments.filter(ends_at=None).select_related("person").order_by("role")),
        subscriptions=list(customer.subscriptions.order_by("-starts_on", "-pk")[:SHOWN_CONTACTS]),
        contacts=list(customer.contacts.filter(is_active=True).order_by("-is_decision_maker", "pk")[:SHOWN_CONTACTS]),
        past=past,
        open_questions=[one for one in past if one.open_questions],
        story=list(story.order_by("-at", "-pk")[:SHOWN_STORY]),
        parts=[(title, lines) for title, lines in parts if lines],
    )


def items_of(booking: Booking) -> list[FollowUpItem]:
    """Return the links and files that go with the follow-up, in the order they were added."""
    return list(booking.follow_up_items.select_related("file", "added_by").order_by("pk"))


@dataclass(frozen=True)
class HostDay:
    """What waits for a host: hours without an outcome, and those to come."""

    to_close: list[Booking]
    coming: list[Booking]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self.to_close and not self.coming


def host_day(person: User, *, limit: int = 50, now: datetime | None = None) -> HostDay:
    """Return the hours that the person hosts and that are not done with, the next ones first; two queries."""
    now = now or timezone.now()
    booked = _with_all(Booking.objects.filter(host=person, state=Booking.State.BOOKED))
    return HostDay(
        to_close=list(booked.filter(ends_at__lte=now).order_by("starts_at")[:limit]),
        coming=list(booked.filter(ends_at__gt=now).order_by("starts_at")[:limit]),
    )


def hours_panel(customer: Customer, limit: int = 6) -> dict[str, Any] | None:
    """Return the customer's hours for its page; nothing where it never had one."""
    rows = list(_with_all(Booking.objects.filter(customer=customer)).order_by("-starts_at")[: limit + 1])
    if not rows:
        return None
    return {"bookings": rows[:limit], "more": len(rows) > limit, "now": timezone.now()}


def _with_all(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    return bookings.select_related(*WITH_BOOKING)
