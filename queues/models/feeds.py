"""Private calendar feeds of hosts and contacts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Contact
from core.audit import audited


@audited(exclude=("token_digest", "last_used_at", "content_digest", "content_changed_at"))
class CalendarFeed(models.Model):
    """An address under which a calendar program reads somebody's hours, until it is revoked."""

    person = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds")
    token_digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80, blank=True)
    with_absences = models.BooleanField(default=False, help_text="Whether it shows a person's absences too.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # What was read last: an hour that is moved away or cancelled changes the feed, but leaves no date in it.
    content_digest = models.CharField(max_length=64, blank=True)
    content_changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, contact=None) | Q(person=None, contact__isnull=False),
                name="calendar_feed_of_one_reader",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"feed {self.pk}"
