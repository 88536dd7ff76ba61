"""When people work: a weekly pattern from a day on, days that differ, and days on which the company is closed."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, IntegerField, Q

from core.audit import audited

MINUTES_A_DAY = 24 * 60


class MinuteRange(Func):
    """The minutes of a day from `starts` up to `ends`, as a range that the database compares."""

    function = "int4range"
    output_field = IntegerField()


def within_a_day(name: str) -> models.CheckConstraint:
    """Return the constraint that a period lies within one day and is not empty."""
    return models.CheckConstraint(
        condition=Q(starts__gte=0, ends__lte=MINUTES_A_DAY) & Q(ends__gt=F("starts")), name=name
    )


@audited()
class WorkPattern(models.Model):
    """A person's working week from a day on, until the next pattern begins.

    A pattern without periods means that the person does not work from that day on.
    """

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="work_patterns")
    starts_on = models.DateField(help_text="The first day on which it holds.")
    time_zone = models.CharField(max_length=64, help_text="The zone of the wall clock that the hours are told in.")
    country = models.CharField(max_length=2, blank=True, help_text="Whose public holidays are free; empty: none.")
    subdivision = models.CharField(max_length=6, blank=True, help_text="The state or province, for its own holidays.")
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "starts_on"], name="work_pattern_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_on}"


@audited()
class WorkPeriod(models.Model):
    """Minutes of a weekday, from `starts` up to `ends`, by the wall clock of the pattern's zone."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    pattern = models.ForeignKey(WorkPattern, on_delete=models.CASCADE, related_name="periods")
    weekday = models.SmallIntegerField(choices=Weekday.choices)
    starts = models.SmallIntegerField(help_text="Minutes from midnight.")
    ends = models.SmallIntegerField(help_text="Minutes from midnight; 1440 is the end of the day.")

    class Meta:
        constraints: ClassVar = [
            within_a_day("work_period_within_a_day"),
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="work_period_on_a_weekday"),
            ExclusionConstraint(
                name="work_period_apart",
                expressions=[
                    ("pattern", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (MinuteRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts}-{self.ends}"


@audited()
class SpecialDay(models.Model):
    """A day on which a person works other hours than the pattern says; without periods it is free."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="special_days")
    on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "on"], name="special_day_once")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.on}"


@audited()
class SpecialPeriod(models.Model):
    """Minutes worked on a special day, by the wall clock of the zone of the pattern that holds then."""

    day = models.ForeignKey(SpecialDay, on_delete=models.CASCADE, related_name="periods")
    starts = models.SmallIntegerField(help_text="Minutes from midnight.")
    ends = models.SmallIntegerField(help_text="Minutes from midnight; 1440 is the end of the day.")

    class Meta:
        constraints: ClassVar = [
            within_a_day("special_period_within_a_day"),
            ExclusionConstraint(
                name="special_period_apart",
                expressions=[
                    ("day", RangeOperators.EQUAL),
                    (MinuteRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts}-{self.ends}"


@audited()
class CompanyHoliday(models.Model):
    """A day on which the whole company, or its people in one country, does not work, beside public holidays."""

    on = models.DateField()
    country = models.CharField(max_length=2, blank=True, help_text="Empty: everywhere.")
    name = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["on", "country"], name="company_holiday_once")]
        ordering: ClassVar = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
