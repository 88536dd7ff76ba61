"""Queues as they are set up: their hosts, topics and how much is booked."""

from typing import Any

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from queues.models import Booking, HostWindow, Queue, QueueHost, QueueTopic


def queues_set_up() -> QuerySet[Queue]:
    """Return every queue with the numbers of its active hosts and coming hours, by name."""
    return Queue.objects.annotate(
        host_count=_count_of_queue(QueueHost.objects.filter(is_active=True)),
        coming_count=_count_of_queue(Booking.objects.filter(state=Booking.State.BOOKED, starts_at__gte=timezone.now())),
    ).prefetch_related(Prefetch("topics", QueueTopic.objects.filter(is_active=True)))


def _count_of_queue(rows: QuerySet[Any]) -> Coalesce:
    """Return how many of the rows are of the queue, counted apart so that hosts do not multiply hours."""
    own = rows.order_by().filter(queue=OuterRef("pk")).values("queue")
    return Coalesce(Subquery(own.annotate(count=Count("pk")).values("count")), 0)


def hosts_of(queue: Queue) -> list[QueueHost]:
    """Return the queue's hosts with their windows, active ones first, by name; in two queries."""
    windows = Prefetch("windows", HostWindow.objects.order_by("weekday", "starts"))
    hosts = queue.hosts.select_related("person", "person__team").prefetch_related(windows)
    return list(hosts.order_by("-is_active", "person__name", "pk"))
