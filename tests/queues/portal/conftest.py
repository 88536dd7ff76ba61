"""A queue with hours on one day, and browsers of contacts."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from queues.models import Queue, QueueTopic
from tests.queues.making import make_host, make_hours, make_queue


@pytest.fixture
def day() -> date:
    """Return the one day on which there are hours."""
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def queue(cast: SimpleNamespace, day: date) -> Queue:
    """Return a queue with a topic, whose one host gives three hours of the day: nine to twelve, UTC."""
    queue = make_queue(horizon_days=5, hours_per_customer=2, meeting_text="We call you.")
    QueueTopic.objects.create(queue=queue, name="Reports")
    make_host(queue, cast.specialist)
    make_hours(cast.specialist, (9, 12), weekdays=[day.weekday()])
    return queue
