"""What hours are about: the topics that come back, which are subjects for webinars and newsletters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from queues.models import Booking, Queue

# Three customers with one question in a quarter: worth an answer to all at once.
RECURS_AT = 3
LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True)
class TopicLoad:
    """A topic with its hours and customers in the time looked at."""

    name: str
    hours: int
    customers: int
    last: datetime

    @property
    def recurs(self) -> bool:
        """Tell whether so many customers asked about it that everybody should hear the answer."""
        return self.customers >= RECURS_AT


def topic_loads(queue: Queue | None = None, *, now: datetime | None = None, limit: int = 30) -> list[TopicLoad]:
    """Return what the hours of the last 90 days and those booked are about, the most asked first; one query.

    Words of a customer's own count together where they are the same but for capitals.
    """
    since = (now or timezone.now()) - LOOKED_BACK
    hours = Booking.objects.filter(~Q(state=Booking.State.CANCELLED), starts_at__gte=since)
    if queue is not None:
        hours = hours.filter(queue=queue)
    named = hours.annotate(about=Coalesce("topic__name", "topic_text")).annotate(key=Lower("about"))
    rows = (
        named.order_by()
        .values("key")
        .annotate(
            shown=Max("about"), hours=Count("pk"), customers=Count("customer", distinct=True), last=Max("created_at")
        )
        .order_by(F("hours").desc(), "key")[:limit]
    )
    return [TopicLoad(row["shown"], row["hours"], row["customers"], row["last"]) for row in rows]


def recurring_topics(*, now: datetime | None = None) -> list[TopicLoad]:
    """Return the topics that several customers asked about lately, for whoever looks for a subject."""
    return [topic for topic in topic_loads(now=now) if topic.recurs]
