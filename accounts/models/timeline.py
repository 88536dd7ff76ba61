"""The timeline: what happened to a customer, who did it and why."""

from typing import ClassVar

from django.db import models

from accounts.models.customers import Customer


class TimelineEntry(models.Model):
    """One thing that happened, written by the action that did it and never changed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40, help_text="Dotted name: customer.edited, tier.moved …")
    summary = models.CharField(max_length=300)
    why = models.TextField(blank=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The name stays readable when the person has left.
    actor_name = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "-at", "-id"], name="timeline_of_customer"),
            # Notes that tell of a talk: who was spoken with since a moment, of all customers at once.
            models.Index(
                fields=["at"],
                include=["customer"],
                condition=models.Q(kind__in=["note.call", "note.email", "note.meeting"]),
                name="timeline_contacts",
            ),
        ]

    def __str__(self) -> str:
        return self.summary
