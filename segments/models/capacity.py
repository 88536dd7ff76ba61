"""Capacity: what customers take of people's time, how it was day by day, what would be, and who should move."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Assignment, Customer, Tier
from core.audit import audited


@audited()
class CapacitySettings(models.Model):
    """The one row of house rules for capacity."""

    # Of ten working hours seven and a half are for customers; the rest goes into internal work and learning.
    utilisation_target = models.PositiveSmallIntegerField(
        default=75, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="Per cent of working time."
    )
    days_without_contact = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="A customer without two-way contact for longer counts as left alone.",
    )
    attention_minutes = models.PositiveIntegerField(
        default=60, help_text="Minutes of attention that a customer without a CSM should get in a quarter."
    )
    webinar_seats = models.PositiveIntegerField(default=40, help_text="Customers that one webinar reaches.")
    webinar_minutes = models.PositiveIntegerField(default=240, help_text="A webinar with its preparation, in minutes.")
    webinar_share = models.PositiveSmallIntegerField(
        default=60,
        validators=[MaxValueValidator(100)],
        help_text="Per cent of the attention that a webinar can give as well as an hour of one's own.",
    )
    formats_elsewhere = models.JSONField(
        default=list, blank=True, help_text="Names of material formats that the company has outside the product."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="capacity_settings_one_row"),
            models.CheckConstraint(
                condition=Q(utilisation_target__gte=1, utilisation_target__lte=100), name="capacity_target_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.utilisation_target} %"

    @classmethod
    def current(cls) -> "CapacitySettings":
        """Return the one row, made with its defaults where it is missing."""
        found = cls.objects.filter(pk=1).first()
        if found is None:
            CapacitySettings.objects.bulk_create([CapacitySettings(pk=1)], ignore_conflicts=True)
            found = cls.objects.get(pk=1)
        return found


@audited()
class EventTerms(models.Model):
    """The time that an event in a customer's life takes of its CSM, by tier, spread evenly over some weeks."""

    class Event(models.TextChoices):
        RENEWAL = "renewal", "Renewal"
        ONBOARDING = "onboarding", "Onboarding"

    event = models.CharField(max_length=12, choices=Event.choices)
    tier = models.CharField(max_length=4, choices=Tier.choices)
    minutes = models.PositiveIntegerField()
    weeks = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(52)],
        help_text="Weeks over which it is spread: before a renewal, after an onboarding's beginning.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "tier"], name="event_terms_once_per_tier"),
            models.CheckConstraint(condition=Q(weeks__gte=1, weeks__lte=52), name="event_terms_weeks"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.tier}: {self.minutes} min"


class CapacitySnapshot(models.Model):
    """A person's capacity as it stood on a day, or the company's where `person` is empty; minutes are of four weeks."""

    on = models.DateField(help_text="The company's day.")
    person = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="capacity_snapshots"
    )
    high = models.PositiveIntegerField(default=0)
    low = models.PositiveIntegerField(default=0)
    tech = models.PositiveIntegerField(default=0)
    high_limit = models.PositiveIntegerField(null=True)
    low_limit = models.PositiveIntegerField(null=True)
    unassigned = models.PositiveIntegerField(default=0, help_text="High- and low-touch customers without a CSM.")
    without_csm = models.PositiveIntegerField(
        null=True, help_text="Customers served who have no CSM, in any tier; of the company's rows alone."
    )
    left_alone = models.PositiveIntegerField(
        null=True, help_text="Those of them with whom nobody spoke for the days that the settings say."
    )
    arr = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    promised_minutes = models.PositiveIntegerField(
        default=0, help_text="Of four weeks, from the one planned on this day."
    )
    available_minutes = models.PositiveIntegerField(default=0, help_text="Of the same weeks, at the target.")
    logged_minutes = models.PositiveIntegerField(default=0, help_text="Of the 28 days up to this one.")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["on", "person"], name="capacity_snapshot_once_a_day", nulls_distinct=False),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "-on"], name="capacity_snapshot_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id or 'company'} on {self.on}"


@audited()
class Scenario(models.Model):
    """A what-if: changes that nobody made, under a name, to be looked at beside today and beside others."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=80)
    note = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(
        default=dict, help_text="Thresholds, limits, minutes per tier, people hired and leaving."
    )
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="scenario_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="scenario_has_a_name"),
        ]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@audited()
class Rebalance(models.Model):
    """A proposal of moves that brings portfolios within their limits, approved, applied and undone as one act."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        SOLVING = "solving", "Being worked out"
        PROPOSED = "proposed", "Proposed"
        APPLIED = "applied", "Applied"
        UNDONE = "undone", "Undone"
        DISCARDED = "discarded", "Discarded"
        FAILED = "failed", "Failed"

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="rebalances")
    created_at = models.DateTimeField(auto_now_add=True)
    people = models.JSONField(default=list, help_text="Ids of the CSMs between whom customers may move.")
    options = models.JSONField(default=dict, help_text="The guard rails as they were chosen.")
    progress = models.PositiveSmallIntegerField(default=0, help_text="Per cent.")
    step = models.CharField(max_length=120, blank=True, help_text="What is being done, in words.")
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, help_text="Loads before and after, and which limits can't be met and why.")
    error = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at", "-id"], name="rebalance_by_time")]

    def __str__(self) -> str:
        return f"Rebalance {self.pk}"


@audited()
class RebalanceMove(models.Model):
    """One customer's move in a proposal; `assignment_before` is what the proposal saw, and must still hold."""

    rebalance = models.ForeignKey(Rebalance, on_delete=models.CASCADE, related_name="moves")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="rebalance_moves")
    tier = models.CharField(max_length=4, choices=Tier.choices)
    from_person = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    assignment_before = models.ForeignKey(
        Assignment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assignment_after = models.ForeignKey(Assignment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_accepted = models.BooleanField(default=True, help_text="Whether the manager keeps it in the proposal.")
    is_by_hand = models.BooleanField(default=False, help_text="Whether a manager put it in or changed its target.")
    cost = models.FloatField(default=0, help_text="The disturbance that the solver counted.")
    arr = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    why = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rebalance", "customer"], name="rebalance_move_once_a_customer"),
            models.CheckConstraint(
                condition=Q(from_person=None) | ~Q(from_person=F("to_person")), name="rebalance_move_changes_the_person"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["rebalance", "from_person"], name="rebalance_move_by_person")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.from_person_id} to {self.to_person_id}"
