"""Why an hour is not offered: the codes, and what staff read."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a host's hour is not offered."""

    QUEUE_CLOSED = "queue_closed"
    HOLIDAY = "holiday"
    SPECIAL_DAY = "special_day"
    OUTSIDE_HOURS = "outside_hours"
    OUTSIDE_WINDOWS = "outside_windows"
    TOO_SHORT = "too_short"
    NOTICE = "notice"
    HORIZON = "horizon"
    ABSENCE = "absence"
    COMMITTED = "committed"
    HELD = "held"
    BUFFER = "buffer"
    WEEKLY_HOURS_FULL = "weekly_hours_full"

    @property
    def words(self) -> str:
        """Return what staff read."""
        return WORDS[self]


WORDS: dict[Reason, str] = {
    Reason.QUEUE_CLOSED: "The queue is closed",
    Reason.HOLIDAY: "A holiday",
    Reason.SPECIAL_DAY: "Works other hours on this day",
    Reason.OUTSIDE_HOURS: "Outside working hours",
    Reason.OUTSIDE_WINDOWS: "Outside the hours given to this queue",
    Reason.TOO_SHORT: "Too little time is left before the working hours end",
    Reason.NOTICE: "Sooner than the queue's notice allows",
    Reason.HORIZON: "Further ahead than the queue takes bookings",
    Reason.ABSENCE: "Away",
    Reason.COMMITTED: "Busy with something else",
    Reason.HELD: "Held while somebody books it, or offered to the waiting list",
    Reason.BUFFER: "The pause before or after runs into something else",
    Reason.WEEKLY_HOURS_FULL: "The host's hours of this week are booked",
}

# Somebody or something has the time: whoever wants it is told what else is near.
TAKEN = frozenset({Reason.ABSENCE, Reason.COMMITTED, Reason.HELD, Reason.BUFFER, Reason.WEEKLY_HOURS_FULL})
