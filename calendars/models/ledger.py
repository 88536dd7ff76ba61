"""The host ledger: all that people are committed to, so that nobody is in two places."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from calendars.models.absences import Absence, TimeRange
from core.audit import audited


@audited()
class Commitment(models.Model):
    """A time at which a person is taken, buffers included; active ones of one person never overlap.

    Written through `calendars.ledger` alone, which locks the host first: contended plain inserts under an exclusion
    constraint deadlock.
    """

    class Kind(models.TextChoices):
        ABSENCE = "absence", "Absence"
        MEETING = "meeting", "Meeting"
        HELD = "held", "Held for a booking"
        HOUR = "hour", "Booked hour"
        WEBINAR = "webinar", "Webinar"

    # Customers' time is demand, everything else is taken from what a person can give: so each hour counts once.
    CUSTOMERS_TIME: ClassVar[frozenset[str]] = frozenset({Kind.HELD, Kind.HOUR, Kind.WEBINAR})

    host = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="commitments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy = DateTimeRangeField(help_text="From `starts_at` to `ends_at` and the buffers around it, '[)'.")
    active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When a held time is free again.")
    absence = models.ForeignKey(Absence, null=True, blank=True, on_delete=models.CASCADE, related_name="commitments")
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="commitment_nobody_is_in_two_places",
                expressions=[("host", RangeOperators.EQUAL), ("busy", RangeOperators.OVERLAPS)],
                condition=Q(active=True),
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="commitment_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(busy__contains=TimeRange("starts_at", "ends_at")), name="commitment_is_busy_while_it_lasts"
            ),
            models.CheckConstraint(
                condition=Q(kind="absence", absence__isnull=False) | (~Q(kind="absence") & Q(absence=None)),
                name="commitment_of_an_absence",
            ),
            models.CheckConstraint(
                condition=Q(kind="held", expires_at__isnull=False) | ~Q(kind="held"), name="commitment_held_expires"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["host", "starts_at"], condition=Q(active=True), name="commitment_of_host"),
            models.Index(fields=["expires_at"], condition=Q(active=True, kind="held"), name="commitment_held_until"),
        ]

    def __str__(self) -> str:
        return f"{self.host_id} {self.kind} at {self.starts_at}"
