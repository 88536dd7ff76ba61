"""What a tier promises and what a CSM can carry: limits, allowances and the hours given."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Customer, Tier
from core.audit import audited


@audited()
class TierTerms(models.Model):
    """A tier's terms for the whole company."""

    # The middle of what the field reports: 15 high-touch or 80 low-touch customers a CSM, two hours a month on request
    # for low touch, no personal time for tech touch. A full portfolio of either kind, planned at 8 or 1.5 hours a
    # customer and month, fills the 120 hours that a working month leaves at the usual target.
    DEFAULTS: ClassVar[dict[str, dict[str, int | None]]] = {
        Tier.HIGH: {"portfolio_limit": 15, "monthly_minutes": None, "planned_minutes": 480},
        Tier.LOW: {"portfolio_limit": 80, "monthly_minutes": 120, "planned_minutes": 90},
        Tier.TECH: {"portfolio_limit": None, "monthly_minutes": 0, "planned_minutes": 0},
    }

    tier = models.CharField(max_length=4, choices=Tier.choices, unique=True)
    portfolio_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Customers of this tier in one CSM's portfolio; empty: no limit."
    )
    monthly_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes a customer is promised each month; empty: no limit."
    )

    planned_minutes = models.PositiveIntegerField(
        default=0, help_text="Minutes a customer of this tier takes of its CSM in an ordinary month."
    )

    def __str__(self) -> str:
        return self.get_tier_display()

    @classmethod
    def current(cls) -> "dict[str, TierTerms]":
        """Return the terms of every tier by tier; those never set are made with their defaults."""
        found = {terms.tier: terms for terms in TierTerms.objects.all()}
        if len(found) < len(cls.DEFAULTS):
            defaults = [TierTerms(tier=tier, **values) for tier, values in cls.DEFAULTS.items()]
            TierTerms.objects.bulk_create(defaults, ignore_conflicts=True)
            found = {terms.tier: terms for terms in TierTerms.objects.all()}
        return found


@audited()
class PersonLimit(models.Model):
    """A CSM's own limit where it differs from the tier's."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="portfolio_limits")
    tier = models.CharField(max_length=4, choices=Tier.choices)
    portfolio_limit = models.PositiveIntegerField()
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "tier"], name="person_limit_once_per_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.tier}: {self.portfolio_limit}"


@audited()
class TimeEntry(models.Model):
    """Time that a person gave to a customer on a day."""

    class Activity(models.TextChoices):
        CALL = "call", "Call or meeting"
        EMAIL = "email", "E-mail or chat"
        PREPARATION = "preparation", "Preparation"
        ONBOARDING = "onboarding", "Onboarding"
        TRAINING = "training", "Training"
        REVIEW = "review", "Business review"
        OTHER = "other", "Other"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="time_entries")
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="time_entries")
    on = models.DateField()
    minutes = models.PositiveIntegerField()
    activity = models.CharField(max_length=12, choices=Activity.choices, default=Activity.CALL)
    note = models.CharField(max_length=300, blank=True)
    over_allowance_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minutes__gt=0, minutes__lte=24 * 60), name="time_entry_within_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-on"], name="time_entry_of_customer"),
            models.Index(fields=["person", "-on"], name="time_entry_of_person"),
            # Who was spoken with since a day, of all customers at once.
            models.Index(
                fields=["on"],
                include=["customer"],
                condition=Q(activity__in=["call", "email", "onboarding", "training", "review"]),
                name="time_entry_contacts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min for {self.customer_id} on {self.on}"
