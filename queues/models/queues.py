"""Queues, who hosts their hours, and what they are about."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Tier
from calendars.models.hours import MinuteRange, WorkPeriod, within_a_day
from core.audit import audited


def all_tiers() -> list[str]:
    """Return every tier: any customer, however small, may book unless a queue says otherwise."""
    return list(Tier.values)


def usual_reminders() -> list[int]:
    """Return when reminders go out, in minutes before the start: a day and an hour."""
    return [24 * 60, 60]


@audited()
class Queue(models.Model):
    """A one-to-many queue: hours that any of its hosts gives to whichever customer books them."""

    class Period(models.TextChoices):
        MONTH = "month", "Month"
        QUARTER = "quarter", "Quarter"
        YEAR = "year", "Year"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, help_text="What customers read before they book.")
    is_open = models.BooleanField(default=True, help_text="A closed queue keeps its bookings and takes no new ones.")
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True, help_text="Empty: any.")
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True, help_text="Empty: any.")
    tiers = ArrayField(models.CharField(max_length=4, choices=Tier.choices), default=all_tiers)
    slot_minutes = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(15), MaxValueValidator(480)]
    )
    step_minutes = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
        help_text="From one start offered to the next, counted from the start of a host's availability.",
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(240)])
    buffer_after_minutes = models.PositiveSmallIntegerField(default=15, validators=[MaxValueValidator(240)])
    notice_minutes = models.PositiveIntegerField(default=4 * 60, help_text="How long ahead an hour must be booked.")
    horizon_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    hours_per_customer = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="Bookings in one period."
    )
    period = models.CharField(max_length=8, choices=Period.choices, default=Period.MONTH)
    change_until_minutes = models.PositiveIntegerField(
        default=60, help_text="How long before the start a customer may still cancel or move the hour."
    )
    offer_minutes = models.PositiveIntegerField(
        default=4 * 60, help_text="How long an hour offered to the waiting list stays reserved."
    )
    reminders = ArrayField(models.PositiveIntegerField(), default=usual_reminders, blank=True)
    meeting_text = models.TextField(blank=True, help_text="How to meet, for hosts without a link of their own.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(slot_minutes__gte=15, slot_minutes__lte=480), name="queue_slot_length"),
            models.CheckConstraint(condition=Q(step_minutes__gte=5, step_minutes__lte=480), name="queue_step_length"),
            models.CheckConstraint(condition=Q(horizon_days__gte=1, horizon_days__lte=366), name="queue_horizon"),
            models.CheckConstraint(condition=Q(hours_per_customer__gte=1), name="queue_gives_an_hour"),
        ]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@audited()
class QueueTopic(models.Model):
    """Something a customer may want to talk about."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="topics")
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["queue", "name"], name="queue_topic_once")]
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


@audited()
class QueueHost(models.Model):
    """That a person hosts hours of a queue, and how many a week it gives."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="hosts")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="hosted_queues")
    is_active = models.BooleanField(default=True)
    weekly_minutes = models.PositiveIntegerField(default=10 * 60, help_text="Minutes of booked hours in one week.")
    weight = models.PositiveSmallIntegerField(
        default=100, validators=[MinValueValidator(1), MaxValueValidator(1000)], help_text="100 is an ordinary share."
    )
    meeting_url = models.URLField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "person"], name="queue_host_once"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="queue_host_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.queue_id}"


@audited()
class HostWindow(models.Model):
    """Minutes of a weekday in which a host gives hours; a host without windows gives them in all working hours."""

    host = models.ForeignKey(QueueHost, on_delete=models.CASCADE, related_name="windows")
    weekday = models.SmallIntegerField(choices=WorkPeriod.Weekday.choices)
    starts = models.SmallIntegerField(help_text="Minutes from midnight, by the wall clock of the host's pattern.")
    ends = models.SmallIntegerField(help_text="Minutes from midnight; 1440 is the end of the day.")

    class Meta:
        constraints: ClassVar = [
            within_a_day("host_window_within_a_day"),
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="host_window_on_a_weekday"),
            ExclusionConstraint(
                name="host_window_apart",
                expressions=[
                    ("host", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (MinuteRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts}-{self.ends}"
