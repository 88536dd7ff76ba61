"""Bookings, the places of a customer's allowance, and times held while a form is filled."""

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Contact, Customer
from calendars.models import Commitment
from core.audit import audited
from core.models import StoredFile
from queues.models.queues import Queue, QueueTopic
from segments.models import TimeEntry


@audited()
class Booking(models.Model):
    """One hour of an expert's time for one customer; its place in the ledger is `commitment`."""

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        DONE = "done", "Took place"
        NO_SHOW = "no_show", "Customer did not come"
        CANCELLED = "cancelled", "Cancelled"

    class Source(models.TextChoices):
        PORTAL = "portal", "Portal"
        LINK = "link", "Link in a mail"
        STAFF = "staff", "Staff"
        API = "api", "API"
        WAITING_LIST = "waiting_list", "Waiting list"

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Question answered"
        FOLLOW_UP = "follow_up", "Needs a follow-up"
        HANDED_ON = "handed_on", "Handed on to another role"
        OPEN = "open", "Still open"

    # The UID of the event in calendars, and the name of the booking in addresses.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, help_text="SEQUENCE of the last invitation.")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="bookings")
    host = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="hosted_bookings")
    why_host = models.CharField(max_length=300, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="bookings")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="bookings")
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="booking")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC", help_text="The zone in which the customer chose it.")
    topic = models.ForeignKey(QueueTopic, null=True, blank=True, on_delete=models.SET_NULL, related_name="bookings")
    topic_text = models.CharField(max_length=200)
    situation = models.TextField(blank=True)
    source = models.CharField(max_length=14, choices=Source.choices)
    booked_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    moves = models.PositiveSmallIntegerField(default=0, help_text="How often it was rescheduled.")

    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cancel_reason = models.CharField(max_length=300, blank=True)

    notes = models.TextField(blank=True, help_text="The host's own; customers never see them.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    open_questions = models.TextField(blank=True, help_text="For whoever meets this customer next.")
    closed_at = models.DateTimeField(null=True, blank=True)
    time_entry = models.OneToOneField(
        TimeEntry, null=True, blank=True, on_delete=models.SET_NULL, related_name="booking"
    )
    follow_up = models.TextField(blank=True, help_text="What the customer is sent afterwards.")
    follow_up_sent_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rating_comment = models.TextField(blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_at=None)),
                name="booking_cancelled_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="booking_rating_of_five"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "starts_at"], name="booking_of_queue"),
            models.Index(fields=["customer", "-starts_at"], name="booking_of_customer"),
            models.Index(fields=["host", "starts_at"], name="booking_of_host"),
            models.Index(fields=["contact", "-starts_at"], name="booking_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} with {self.host_id} at {self.starts_at}"


class AllowancePlace(models.Model):
    """One of the numbered places of a customer's allowance in a period; an active one is taken."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="allowance_places")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="allowance_places")
    period_starts_on = models.DateField()
    number = models.PositiveSmallIntegerField()
    out_of = models.PositiveSmallIntegerField(help_text="The queue's hours per customer when it was taken.")
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="allowance_place")
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "queue", "period_starts_on", "number"],
                condition=Q(active=True),
                name="allowance_place_taken_once",
            ),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=F("out_of")), name="allowance_place_number"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.period_starts_on}: {self.number} of {self.out_of}"


class Hold(models.Model):
    """A time that is kept while somebody fills in the form; its commitment expires by itself."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="holds")
    commitment = models.OneToOneField(Commitment, on_delete=models.CASCADE, related_name="hold")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="holds")
    is_any_host = models.BooleanField(default=True)
    why_host = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.uid)


@audited()
class FollowUpItem(models.Model):
    """A link or a file that the customer is sent after the hour."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="follow_up_items")
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=1000, blank=True)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(file=None) & ~Q(url="")) | (Q(file__isnull=False) & Q(url="")),
                name="follow_up_item_is_a_link_or_a_file",
            ),
        ]

    def __str__(self) -> str:
        return self.title
