"""Hours in words: 09:30, "09:00–12:00, 13:00–17:00", "Mon–Fri"."""

from itertools import groupby

from calendars.rules.clock import Minutes
from calendars.rules.weeks import Day, Week

SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def clock_text(minute: int) -> str:
    """Return minutes from midnight as a clock shows them: 09:30; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def period_text(period: Minutes) -> str:
    """Return a period of a day: 09:00–12:00."""
    starts, ends = period
    return f"{clock_text(starts)}–{clock_text(ends)}"


def day_text(day: Day) -> str:
    """Return the periods of a day; "free" where there are none."""
    return ", ".join(period_text(period) for period in day) or "free"


def week_lines(week: Week) -> list[tuple[str, str]]:
    """Return the days that are worked with their hours, days in a row with the same hours as one line."""
    lines = []
    for hours, days in groupby(enumerate(week), key=lambda pair: pair[1]):
        numbers = [number for number, _ in days]
        if hours:
            last = f"–{SHORT_DAYS[numbers[-1]]}" if len(numbers) > 1 else ""
            lines.append((f"{SHORT_DAYS[numbers[0]]}{last}", day_text(hours)))
    return lines
