"""Mails about bookings: each is one row, so that none is lost and none goes out twice."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from queues.models.bookings import Booking
from queues.models.waiting import Offer


class BookingMail(models.Model):
    """One mail to one address about one state of a booking or an offer.

    An in-flight mail whose sender died becomes *unknown*: a person decides, it is never silently sent again.
    """

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmation"
        MOVED = "moved", "Moved"
        CANCELLED = "cancelled", "Cancellation"
        REMINDER = "reminder", "Reminder"
        OFFER = "offer", "Offer from the waiting list"
        FOLLOW_UP = "follow_up", "Follow-up"
        RATING = "rating", "Asking for a rating"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        IN_FLIGHT = "in_flight", "Being sent"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Perhaps sent"
        FAILED = "failed", "Refused"
        DROPPED = "dropped", "No longer needed"

    booking = models.ForeignKey(Booking, null=True, blank=True, on_delete=models.CASCADE, related_name="mails")
    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sequence = models.PositiveIntegerField(default=0, help_text="The booking's SEQUENCE that it tells of.")
    minutes_before = models.PositiveIntegerField(default=0, help_text="Of a reminder.")
    address = models.EmailField()
    is_for_host = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    send_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["booking", "offer", "kind", "sequence", "minutes_before", "address"],
                name="booking_mail_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, offer=None) | Q(booking=None, offer__isnull=False),
                name="booking_mail_is_about_something",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["send_after"], condition=Q(state="waiting"), name="booking_mail_due"),
            models.Index(fields=["claimed_until"], condition=Q(state="in_flight"), name="booking_mail_in_flight"),
            models.Index(
                fields=["send_after", "id"], condition=Q(state__in=["unknown", "failed"]), name="booking_mail_to_decide"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.address}"
