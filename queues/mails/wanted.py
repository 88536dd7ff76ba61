"""Whether a mail that is due should still go out, decided on what stands at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from queues.models import Booking, BookingMail, Offer

Kind = BookingMail.Kind

# The question for a rating waits for the host to say that the hour took place, and is given up after a week.
ASK_AGAIN_AFTER = timedelta(hours=4)
ASK_UNTIL = timedelta(days=7)


@dataclass(frozen=True)
class Verdict:
    """That the mail is sent, or why it is dropped, or when to look again."""

    why_not: str = ""
    look_again_at: datetime | None = None

    @property
    def is_wanted(self) -> bool:
        """Tell whether the mail goes out now."""
        return not self.why_not and self.look_again_at is None


WANTED = Verdict()


def verdict_on(mail: BookingMail, *, now: datetime) -> Verdict:
    """Return what becomes of the mail; its booking or offer is loaded with it."""
    if mail.offer is not None:
        return _of_offer(mail.offer, now)
    booking = mail.booking
    assert booking is not None  # noqa: S101  the database keeps that a mail is about one of the two
    missing = _reader_missing(mail, booking)
    return missing or _RULES[mail.kind](mail, booking, now)


def _of_offer(offer: Offer, now: datetime) -> Verdict:
    if offer.state != Offer.State.OPEN or offer.expires_at <= now:
        return Verdict("The offer is over.")
    contact = offer.entry.contact
    return WANTED if contact is not None and contact.is_active else Verdict("The contact is no longer there.")


def _reader_missing(mail: BookingMail, booking: Booking) -> Verdict | None:
    if mail.is_for_host:
        return None
    if booking.contact is None or not booking.contact.is_active:
        return Verdict("The contact is no longer there.")
    return None


def _is_former_host(mail: BookingMail, booking: Booking) -> bool:
    return mail.is_for_host and mail.address != booking.host.email


def _of_appointment(mail: BookingMail, booking: Booking, now: datetime) -> Verdict:
    """Decide on a mail that tells of the hour as it stands: confirmation, move and, before the start, reminder."""
    if booking.state == Booking.State.CANCELLED:
        return Verdict("The hour was cancelled.")
    if mail.sequence != booking.sequence or _is_former_host(mail, booking):
        return Verdict("The hour was moved.")
    last_moment = booking.starts_at if mail.kind == Kind.REMINDER else booking.ends_at
    return WANTED if now < last_moment else Verdict("The hour is over.")


def _of_cancellation(mail: BookingMail, booking: Booking, now: datetime) -> Verdict:
    if booking.state == Booking.State.CANCELLED or _is_former_host(mail, booking):
        return WANTED
    return Verdict("The hour takes place after all.")


def _of_follow_up(mail: BookingMail, booking: Booking, now: datetime) -> Verdict:
    return WANTED


def _of_rating(mail: BookingMail, booking: Booking, now: datetime) -> Verdict:
    if mail.sequence != booking.sequence:
        return Verdict("The hour was moved.")
    if booking.state not in {Booking.State.BOOKED, Booking.State.DONE}:
        return Verdict("The hour did not take place.")
    if booking.rating is not None:
        return Verdict("The hour has its rating.")
    if booking.state == Booking.State.DONE:
        return WANTED
    if now >= booking.ends_at + ASK_UNTIL:
        return Verdict("Nobody said that the hour took place.")
    return Verdict(look_again_at=now + ASK_AGAIN_AFTER)


_RULES: dict[str, Callable[[BookingMail, Booking, datetime], Verdict]] = {
    Kind.CONFIRMED: _of_appointment,
    Kind.MOVED: _of_appointment,
    Kind.REMINDER: _of_appointment,
    Kind.CANCELLED: _of_cancellation,
    Kind.FOLLOW_UP: _of_follow_up,
    Kind.RATING: _of_rating,
}
