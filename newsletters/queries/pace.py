"""How fast receivers are served, as the settings show it."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from newsletters.models import Pace

# More domains than this are not slowed or limited at once where anything still works.
MOST_SHOWN = 200


@dataclass(frozen=True)
class PaceLine:
    """A domain's limit with what slows it now."""

    pace: Pace
    is_held: bool

    @property
    def is_slowed(self) -> bool:
        """Tell whether the receiver's refusals slow it down now."""
        return self.is_held or self.pace.slowed_to is not None


def pace_lines() -> list[PaceLine]:
    """Return all mail first, then the domains that are limited or slowed now; one query."""
    now = timezone.now()
    matters = Q(domain="") | Q(per_minute__isnull=False) | Q(slowed_to__isnull=False) | Q(held_until__gt=now)
    found = list(Pace.objects.filter(matters)[:MOST_SHOWN])
    if not any(pace.domain == "" for pace in found):
        found.insert(0, Pace(domain=""))
    return [PaceLine(pace, pace.held_until is not None and pace.held_until > now) for pace in found]
