"""The one-to-many queue: queues and their hosts, bookings, waiting list, mails and feeds."""

from queues.models.bookings import AllowancePlace, Booking, FollowUpItem, Hold
from queues.models.feeds import CalendarFeed
from queues.models.mails import BookingMail
from queues.models.queues import HostWindow, Queue, QueueHost, QueueTopic
from queues.models.waiting import Offer, WaitingEntry

__all__ = [
    "AllowancePlace",
    "Booking",
    "BookingMail",
    "CalendarFeed",
    "FollowUpItem",
    "Hold",
    "HostWindow",
    "Offer",
    "Queue",
    "QueueHost",
    "QueueTopic",
    "WaitingEntry",
]
