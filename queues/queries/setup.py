"""Queues as they are set up: their hosts, topics and how much is booked."""

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from queues.models import Booking, HostWindow, Queue, QueueHost, QueueTopic


def queues_set_up() -> QuerySet[Queue]:
    """Return every queue with the numbers of its active hosts and coming hours, by name."""
    coming = Q(bookings__state=Booking.State.BOOKED, bookings__starts_at__gte=timezone.now())
    return Queue.objects.annotate(
        host_count=Count("hosts", filter=Q(hosts__is_active=True), distinct=True),
        coming_count=Count("bookings", filter=coming, distinct=True),
    ).prefetch_related(Prefetch("topics", QueueTopic.objects.filter(is_active=True)))


def hosts_of(queue: Queue) -> list[QueueHost]:
    """Return the queue's hosts with their windows, active ones first, by name; in two queries."""
    windows = Prefetch("windows", HostWindow.objects.order_by("weekday", "starts"))
    hosts = queue.hosts.select_related("person", "person__team").prefetch_related(windows)
    return list(hosts.order_by("-is_active", "person__name", "pk"))
