"""The clock of the sample: what happened weeks ago is done by the product's actions as if it were then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

# The sample's people write down in the evening what they did during the day; everywhere it is still the same week.
EVENING = time(16, 0, tzinfo=UTC)


def evening(today: date, days_ago: int) -> datetime:
    """Return the evening of a day so many days before the day of the load."""
    return datetime.combine(today - timedelta(days=days_ago), EVENING)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Let every action inside take this moment for now; only the load's own process asks this clock."""
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real
