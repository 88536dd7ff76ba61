"""Absences: when a person does not work, and who looks after its customers meanwhile."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from calendars.rules.absences import Away, away_as_entered
from calendars.rules.spans import Span
from core.audit import audited


class TimeRange(Func):
    """The time from one moment up to another, as a range that the database compares."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


@audited()
class Absence(models.Model):
    """A time that a person is away; the ledger holds it as commitments, around what was booked before.

    Its cover sees the portfolio meanwhile through `accounts.Cover`.
    """

    class Kind(models.TextChoices):
        VACATION = "vacation", "Vacation"
        SICK = "sick", "Sick leave"
        PARENTAL = "parental", "Parental leave"
        TRAINING = "training", "Training"
        OTHER = "other", "Other"

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.VACATION)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="The moment from which the person is back.")
    time_zone = models.CharField(max_length=64, help_text="The zone in which the days were entered.")
    is_whole_days = models.BooleanField(default=True)
    cover = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="absences_covered"
    )
    standing_in = models.OneToOneField(
        "accounts.Cover",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="absence",
        help_text="The row by which the cover sees the portfolio.",
    )
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(cover=None) | ~Q(cover=F("person")), name="absence_covered_by_somebody_else"
            ),
            ExclusionConstraint(
                name="absence_one_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "starts_at"], condition=Q(cancelled_at=None), name="absence_of_person"),
            models.Index(fields=["ends_at"], condition=Q(cancelled_at=None), name="absence_by_end"),
        ]

    @property
    def span(self) -> Span:
        """Return the time of it."""
        return Span(self.starts_at, self.ends_at)

    @property
    def away(self) -> Away:
        """Return its days and times as they were entered."""
        return away_as_entered(self.span, self.time_zone, is_whole_days=self.is_whole_days)

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} from {self.starts_at}"
