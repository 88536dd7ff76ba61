"""Portfolios: who owns a customer in which role, with history; and the views that people save."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.customers import Customer, Tier
from accounts.models.people import Role
from core.audit import audited


@audited()
class Assignment(models.Model):
    """That a person owns a customer in a role, from a moment on; open while `ends_at` is empty."""

    class Source(models.TextChoices):
        AUTOMATIC = "automatic", "Automatic"
        MANUAL = "manual", "By a person"
        IMPORT = "import", "Import"
        MERGE = "merge", "Merge"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role.choices)
    tier = models.CharField(
        max_length=4,
        choices=Tier.choices,
        null=True,
        blank=True,
        help_text="The tier that this counts against in the CSM's limits; empty for other roles.",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.MANUAL)
    why = models.CharField(max_length=300, blank=True)
    over_limit_reason = models.CharField(
        max_length=300, blank=True, help_text="Why a manager let this go past the limit; empty where it is within."
    )
    assigned_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True)
    handover_note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "role"], condition=Q(ends_at=None), name="assignment_one_owner_per_role"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="assignment_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(role="csm", tier__isnull=False) | (~Q(role="csm") & Q(tier=None)),
                name="assignment_tier_for_csm_only",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "role", "tier"], condition=Q(ends_at=None), name="assignment_open_by_person"
            ),
            models.Index(fields=["customer", "-starts_at"], name="assignment_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.customer_id}"


@audited()
class Cover(models.Model):
    """That a person stands in for another one for a time, and sees the portfolio meanwhile."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="covers")
    cover = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="stands_in_for")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="cover_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(cover=F("person")), name="cover_is_somebody_else"),
        ]
        indexes: ClassVar = [models.Index(fields=["cover", "ends_at"], name="cover_by_who_stands_in")]

    def __str__(self) -> str:
        return f"{self.cover_id} for {self.person_id}"


class SavedView(models.Model):
    """A list's filters, order and columns under a name."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40, help_text="Which list: portfolio, customers …")
    name = models.CharField(max_length=80)
    query = models.JSONField(default=dict)
    columns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_name_once"),
        ]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
