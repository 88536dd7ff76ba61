"""The waiting list and the hours offered to it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Contact, Customer
from calendars.models import Commitment
from core.audit import audited
from queues.models.queues import Queue, QueueTopic


@audited()
class WaitingEntry(models.Model):
    """A customer's place on a queue's waiting list; who came first is offered first."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        OFFERED = "offered", "Has an offer"
        BOOKED = "booked", "Has an hour"
        LEFT = "left", "Left"
        EXPIRED = "expired", "Expired"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="waiting_entries")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="waiting_entries")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    topic = models.ForeignKey(QueueTopic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    topic_text = models.CharField(max_length=200)
    situation = models.TextField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    not_before = models.DateField(null=True, blank=True)
    not_after = models.DateField(null=True, blank=True)
    offers_missed = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "customer"],
                condition=Q(state__in=["waiting", "offered"]),
                name="waiting_entry_one_open",
            ),
            models.CheckConstraint(
                condition=Q(not_before=None) | Q(not_after=None) | Q(not_after__gte=F("not_before")),
                name="waiting_entry_dates_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "created_at", "id"], condition=Q(state="waiting"), name="waiting_entry_in_turn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} waits for {self.queue_id}"


@audited()
class Offer(models.Model):
    """An hour that is reserved for the first who waits, until it is taken, declined or expires."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        TAKEN = "taken", "Taken"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Expired"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entry = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="offers")
    commitment = models.OneToOneField(Commitment, on_delete=models.CASCADE, related_name="offer")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="offer_one_open_per_entry"),
            models.CheckConstraint(condition=Q(expires_at__lte=F("starts_at")), name="offer_ends_before_the_start"),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], condition=Q(state="open"), name="offer_by_expiry")]

    def __str__(self) -> str:
        return f"{self.entry_id} at {self.starts_at}"
