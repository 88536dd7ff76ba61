"""What newsletters tell the page of the one-to-many team: that there are some, and how many lately."""

from datetime import timedelta

from django.utils import timezone

from newsletters.models import Issue
from segments.one_to_many import formats
from segments.one_to_many.formats import Format

LATELY = timedelta(days=90)


def sent_lately() -> int:
    """Return how many issues were sent in the last 90 days."""
    since = timezone.now() - LATELY
    return Issue.objects.filter(state=Issue.State.FINISHED, ended_at__gte=since, sent__gt=0).count()


def register() -> None:
    """Make newsletters known as one of the formats."""
    formats.register(Format("newsletters", "Newsletters", sent_lately, url="/newsletters/"))
