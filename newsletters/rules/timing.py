"""When a recipient gets a mail by its own clock: the local hour, and no quiet hour."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from calendars.rules.clock import local_day, moment, zone_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timing:
    """What an issue asks for: one moment for everybody, or a minute (after midnight) of a day on each one's own clock.

    `quiet` are two minutes after midnight between which nothing goes out; the first may be the later one, in the
    evening. None or equal ends mean that no hour is quiet.
    """

    send_at: datetime | None = None
    local_date: date | None = None
    local_minute: int | None = None
    quiet: tuple[int, int] | None = None

    @property
    def depends_on_zone(self) -> bool:
        """Tell whether recipients in different zones may get it at different moments."""
        return self.send_at is None or self.has_quiet_hours

    @property
    def has_quiet_hours(self) -> bool:
        """Tell whether any hour is quiet."""
        return self.quiet is not None and self.quiet[0] != self.quiet[1]

    def due(self, zone: str, *, now: datetime) -> datetime:
        """Return the moment in UTC for a recipient in the zone, never before `now`.

        A local hour that the clock jumps over is the moment of the jump, one that it shows twice the first.
        """
        return self.out_of_quiet(max(self._wished(zone, self.local_date), now), zone)

    def due_later(self, zone: str, *, now: datetime) -> datetime:
        """Return the moment in UTC for a recipient who was left for later: the next time its clock shows the hour."""
        if self.send_at is not None or self.local_date is None:
            return self.due(zone, now=now)
        day = max(self.local_date, local_day(now, zone))
        wished = self._wished(zone, day)
        return self.out_of_quiet(wished if wished >= now else self._wished(zone, day + DAY), zone)

    def out_of_quiet(self, at: datetime, zone: str) -> datetime:
        """Return the moment itself, or the end of the quiet hours in which it falls on the zone's clock."""
        # Where the only hour that is not quiet is one that the clock jumps over, it is the next day's.
        while (end := self._end_of_quiet(at, zone)) is not None:
            at = end
        return at

    def _end_of_quiet(self, at: datetime, zone: str) -> datetime | None:
        """Return when the quiet hours end in which the moment falls, None where it falls in none."""
        if self.quiet is None or not self.has_quiet_hours:
            return None
        starts, ends = self.quiet
        wall = at.astimezone(zone_of(zone))
        minute = wall.hour * 60 + wall.minute
        is_evening = starts > ends and minute >= starts
        if not is_evening and not (minute < ends and (starts > ends or minute >= starts)):
            return None
        day = wall.date() + DAY if is_evening else wall.date()
        first = moment(day, ends, zone)
        return first if first >= at else moment(day, ends, zone, is_end=True)

    def _wished(self, zone: str, day: date | None) -> datetime:
        if self.send_at is not None:
            return self.send_at
        if day is None or self.local_minute is None:
            raise ValueError("A local hour needs its day and its minute.")
        return moment(day, self.local_minute, zone)
