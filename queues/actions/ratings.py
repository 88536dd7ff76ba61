"""What a customer says of an hour afterwards."""

from django.utils import timezone

from accounts import timeline
from accounts.models import User
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from queues.models import Booking

BEST = 5
LONGEST_COMMENT = 2_000
RATED = (Booking.State.BOOKED, Booking.State.DONE)


@repeated_transaction
def rate_booking(*, actor: User | None, booking: Booking, rating: int, comment: str = "") -> Booking:
    """Return the booking with its rating, from 1 to 5; a second rating takes the place of the first.

    Raises Conflict `not_over` before the hour has ended, `not_held` where it did not take place, Invalid for any other
    rating.
    """
    words = comment.replace("\r\n", "\n").strip()
    if not 1 <= rating <= BEST:
        raise Invalid("Choose one of the five answers.", code="invalid", field="rating")
    if len(words) > LONGEST_COMMENT:
        raise Invalid(f"At most {LONGEST_COMMENT:,} characters.", code="too_long", field="comment")
    if "\x00" in words:
        raise Invalid("The text holds a character that cannot be kept.", code="invalid", field="comment")
    booking = Booking.objects.select_for_update(no_key=True, of=("self",)).select_related("contact").get(pk=booking.pk)
    if booking.state not in RATED:
        raise Conflict("This hour did not take place.", code="not_held")
    if booking.ends_at > timezone.now():
        raise Conflict("This hour is not over yet. Come back afterwards.", code="not_over")
    if (booking.rating, booking.rating_comment) == (rating, words):
        return booking
    booking.rating, booking.rating_comment, booking.rated_at = rating, words, timezone.now()
    booking.save(update_fields=["rating", "rating_comment", "rated_at", "updated_at"])
    who = f" by {booking.contact}" if booking.contact else ""
    timeline.record(
        booking.customer_id,
        "booking.rated",
        f"Hour rated {rating} of {BEST}{who}",
        actor=actor,
        why=words,
        data={"booking": str(booking.uid), "rating": rating},
    )
    return booking
