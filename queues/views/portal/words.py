"""What customers read where a rule keeps them from an hour: plain words, and what to do instead."""

from core.errors import ProductError
from queues.models import Queue
from queues.rules.customers import Refusal

REFUSALS = {
    "queue_closed": "{queue} takes no new bookings at the moment. Hours that are booked already take place.",
    "tier_not_served": "{queue} is not open to your company. Whoever looks after you can say what there is instead.",
    "language_not_served": "{queue} is held in other languages than yours.",
    "country_not_served": "{queue} is for customers in other countries.",
    "notice": "It is too late to book this hour. Please pick a later one.",
    "horizon": "This hour is too far ahead to book it now. Please pick an earlier one.",
    "outside_availability": "This hour is not given after all. Please pick another one.",
    "host_unknown": "This expert gives no hours here any more. Please pick another one, or any expert.",
    "customer_busy": "Your company has another hour with us at that time. Please pick another one.",
    "already_cancelled": "This hour is cancelled already.",
    "already_started": "This hour has begun already, so it can no longer be changed.",
    "same_time": "Your hour is at that time already.",
}


def refused_words(error: ProductError | Refusal, queue: Queue) -> str:
    """Return what the customer reads; the rule's own words where there are no better ones."""
    known = REFUSALS.get(error.code)
    if known is not None:
        return known.format(queue=queue.name)
    return error.message if isinstance(error, ProductError) else error.words


def hours_of_period(queue: Queue) -> str:
    """Return how much a customer gets, in words: "one hour a month"."""
    many = "One booking" if queue.hours_per_customer == 1 else f"{queue.hours_per_customer} bookings"
    return f"{many} a {queue.get_period_display().lower()} for each company"


def length_words(queue: Queue) -> str:
    """Return how long an hour of the queue lasts: "60 minutes"."""
    return f"{queue.slot_minutes} minutes"
