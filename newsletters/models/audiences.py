"""Whom an issue or a notice is for."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Tier
from core.audit import audited


def everybody() -> dict[str, list]:
    """Return the condition tree that every customer fulfils."""
    return {"all": []}


@audited()
class Audience(models.Model):
    """Contacts by their customers' tier, conditions and language and by topics, and others picked by hand.

    Empty tiers, languages or topics do not narrow it. Who is picked belongs to it whatever the rest says.
    """

    tiers = ArrayField(models.CharField(max_length=4, choices=Tier.choices), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    conditions = models.JSONField(default=everybody, help_text="A tree as in tier rules; it may also ask for the tier.")
    topics = models.ManyToManyField(
        "newsletters.Topic", blank=True, related_name="+", help_text="Contacts who asked for one of these."
    )
    decision_makers_only = models.BooleanField(default=False)
    only_picked = models.BooleanField(default=False, help_text="Nobody but who is picked by hand.")

    def __str__(self) -> str:
        return f"Audience {self.pk}"


@audited()
class AudiencePick(models.Model):
    """A contact, or all contacts of a customer, picked by hand."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="picks")
    contact = models.ForeignKey("accounts.Contact", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("accounts.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["audience", "contact", "customer"], name="audience_pick_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(contact=None, customer__isnull=False) | Q(contact__isnull=False, customer=None),
                name="audience_pick_is_one_of_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience_id}: {self.contact_id or self.customer_id}"
