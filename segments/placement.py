"""Who gets which customer: pure rules on plain values.

A CSM who speaks the customer's language comes first, then one whose working day is near, then one with more room; the
limits are never passed. The same customers, people and moment always give the same answer, and every fit says why.
"""

import heapq
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from babel import Locale
from babel.core import get_global

# Points. Speaking the language outweighs every other single thing, but not a colleague in the next street with an empty
# portfolio against one half a world away with a full one.
LANGUAGE_POINTS = 4.0
NEARNESS_POINTS = 3.0
CAPACITY_POINTS = 2.0
COUNTRY_POINTS = 0.5
FARTHEST_HOURS = 12.0
# Where no limit tells how full a portfolio is, it counts as half full at the field's usual low-touch limit.
HALF_FULL_WITHOUT_LIMIT = 80


@dataclass(frozen=True)
class Need:
    """What placing looks at in a customer; empty texts are unknown."""

    pk: int
    tier: str
    language: str = ""
    time_zone: str = ""
    country: str = ""


@dataclass(frozen=True)
class Candidate:
    """What placing looks at in a CSM."""

    pk: int
    name: str
    languages: tuple[str, ...] = ()
    time_zone: str = "UTC"
    country: str = ""


@dataclass
class Room:
    """How many customers of a tier a CSM has and may have (None: no limit)."""

    used: int
    limit: int | None

    @property
    def is_free(self) -> bool:
        """Tell whether one more fits."""
        return self.limit is None or self.used < self.limit

    @property
    def share(self) -> float:
        """Return the part that is used, 0 to 1 and more past the limit."""
        if self.limit is None:
            return self.used / (self.used + HALF_FULL_WITHOUT_LIMIT)
        return self.used / self.limit if self.limit else 1.0


@dataclass(frozen=True)
class Fit:
    """How well a CSM fits a customer, before and after looking at the room."""

    candidate: Candidate
    points: float
    reasons: tuple[str, ...]

    def why(self, room: Room, tier: str) -> str:
        """Return the reasons in one line, the room last."""
        return ", ".join((*self.reasons, room_text(room, tier)))

    def total(self, room: Room) -> float:
        """Return the points with those for spare capacity."""
        return self.points + CAPACITY_POINTS * max(0.0, 1.0 - room.share)


@dataclass(frozen=True)
class Placement:
    """That a CSM gets a customer, and why."""

    customer: int
    person: int
    why: str


@dataclass
class Placer:
    """Places customers one after another; every placement takes one place."""

    candidates: Iterable[Candidate]
    rooms: Mapping[tuple[int, str], Room]
    at: datetime
    _fits: dict[tuple[str, str, str], list[Fit]] = field(default_factory=dict)

    def place_all(self, needs: Iterable[Need]) -> Iterator[Placement]:
        """Yield a placement for each customer in turn, until no place of its tier is left."""
        # Rooms only fill meanwhile, so points only fall: who leads with points of a while ago is looked at again, and
        # leads for good where they still hold.
        queues: dict[tuple[str, tuple[str, str, str]], list[tuple[float, int, Fit]]] = {}
        for need in needs:
            alike = (need.tier, (need.language, need.time_zone, need.country))
            if alike not in queues:
                queues[alike] = self._queue(need)
            best = self._best(queues[alike], need.tier)
            if best is None:
                continue
            room = self.rooms[best.candidate.pk, need.tier]
            why = best.why(room, need.tier)
            room.used += 1
            yield Placement(need.pk, best.candidate.pk, why)

    def ranked(self, need: Need) -> list[Fit]:
        """Return every CSM for this customer, those with room first, the best of them first."""
        return sorted(
            self._fits_of(need),
            key=lambda fit: (not self._room(fit, need).is_free, -fit.total(self._room(fit, need)), fit.candidate.pk),
        )

    def _queue(self, need: Need) -> list[tuple[float, int, Fit]]:
        """Return the CSMs with a place for customers like this one, as a heap, the best of them first."""
        fits = [fit for fit in self._fits_of(need) if self._room(fit, need).is_free]
        queue = [(-fit.total(self._room(fit, need)), fit.candidate.pk, fit) for fit in fits]
        heapq.heapify(queue)
        return queue

    def _best(self, queue: list[tuple[float, int, Fit]], tier: str) -> Fit | None:
        """Return the best CSM of the queue that still has a place; None where none has."""
        while queue:
            points, pk, fit = queue[0]
            room = self.rooms[pk, tier]
            if not room.is_free:
                heapq.heappop(queue)
            elif (now := -fit.total(room)) > points:
                heapq.heapreplace(queue, (now, pk, fit))
            else:
                return fit
        return None

    def _room(self, fit: Fit, need: Need) -> Room:
        return self.rooms[fit.candidate.pk, need.tier]

    def _fits_of(self, need: Need) -> list[Fit]:
        # Customers who speak alike and live alike fit alike: only the room differs.
        alike = (need.language, need.time_zone, need.country)
        if alike not in self._fits:
            self._fits[alike] = [fit_of(need, candidate, self.at) for candidate in self.candidates]
        return self._fits[alike]


def fit_of(need: Need, candidate: Candidate, at: datetime) -> Fit:
    """Return how well the CSM fits the customer at this moment, room aside."""
    points, reasons = 0.0, []
    language = main_language(need.language)
    if language:
        speaks = language in {main_language(spoken) for spoken in candidate.languages}
        points += LANGUAGE_POINTS * speaks
        reasons.append(f"{'speaks' if speaks else 'does not speak'} {language_name(language)}")
    hours = hours_between(need, candidate, at)
    if hours is not None:
        points += NEARNESS_POINTS * (1 - hours / FARTHEST_HOURS)
        reasons.append("same time of day" if hours == 0 else f"{hours:g} h apart")
    if need.country and need.country == candidate.country:
        points += COUNTRY_POINTS
        reasons.append("same country")
    return Fit(candidate, points, tuple(reasons))


def hours_between(need: Need, candidate: Candidate, at: datetime) -> float | None:
    """Return how many hours apart their clocks are, 0 to 12; None where it can't be known.

    A customer whose zone is unknown counts as in the zone of its country that is nearest.
    """
    own = offset_hours(candidate.time_zone, at)
    zones = (need.time_zone,) if need.time_zone else zones_of(need.country)
    offsets = [offset for zone in zones if (offset := offset_hours(zone, at)) is not None]
    if own is None or not offsets:
        return None
    return min(_around_the_clock(own - offset) for offset in offsets)


@lru_cache(maxsize=2000)
def offset_hours(zone: str, at: datetime) -> float | None:
    """Return the zone's hours ahead of UTC at this moment; None for an unknown zone."""
    try:
        offset = at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if offset is None else offset.total_seconds() / 3600


@lru_cache(maxsize=300)
def zones_of(country: str) -> tuple[str, ...]:
    """Return the time zones of a country (ISO 3166 code), by the Unicode CLDR's table."""
    return tuple(sorted(zone for zone, territory in get_global("zone_territories").items() if territory == country))


@lru_cache(maxsize=300)
def language_name(code: str) -> str:
    """Return the English name of a language, or the code where it has none."""
    return Locale("en").languages.get(code, code)


def main_language(code: str) -> str:
    """Return the language without its region: "pt" for "pt-BR"."""
    return code.replace("_", "-").split("-")[0].strip().lower()


def room_text(room: Room, tier: str) -> str:
    """Return how much of the portfolio is taken: "43 of 80 low-touch places used"."""
    if room.limit is None:
        return f"{room.used} {tier}-touch customers, no limit"
    return f"{room.used} of {room.limit} {tier}-touch places used"


def why_no_place(tier: str, rooms: Iterable[Room]) -> str:
    """Return why a customer of this tier has no CSM, by the rooms of all who take customers."""
    rooms = list(rooms)
    if not rooms:
        return "No CSM takes customers."
    if any(room.is_free for room in rooms):
        return "There is room: the next filling places it."
    taken, places = sum(room.used for room in rooms), sum(room.limit or 0 for room in rooms)
    return f"All {tier}-touch places are taken: {taken} of {places} with {_counted(len(rooms), 'CSM')}."


def _around_the_clock(hours: float) -> float:
    apart = abs(hours) % 24
    return min(apart, 24 - apart)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
