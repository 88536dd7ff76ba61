"""The pace of mail: limits a minute and holds, in rows that all workers share and lock for a moment.

The row of the domain "" stands for all mail. Most domains have no row: nothing limits them.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from newsletters.models import Pace
from newsletters.rules import pacing
from newsletters.sending.claiming import Claim

log = logging.getLogger(__name__)

ALL_MAIL = ""
MOST_ANSWER = 300
# So long a slowed receiver must be free of trouble before it is served faster.
CALM = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """What limits mail now: domains with a limit, and for how many more seconds others are held."""

    limited: frozenset[str] = frozenset()
    held: dict[str, float] = field(default_factory=dict)

    @property
    def held_seconds(self) -> float:
        """Return for how long no mail at all may go."""
        return self.held.get(ALL_MAIL, 0.0)


@dataclass(frozen=True)
class Turn:
    """Who may go now, and who waits how many seconds; receivers in trouble with what they said last."""

    may_go: list[Claim]
    waiting: list[Claim] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    troubled: dict[str, str] = field(default_factory=dict)


def limits(now: datetime) -> Limits:
    """Return what limits mail at this moment of the database's clock."""
    rows = Pace.objects.filter(
        Q(per_minute__isnull=False) | Q(slowed_to__isnull=False) | Q(held_until__gt=now)
    ).values_list("domain", "per_minute", "slowed_to", "held_until")
    limited, held = set(), {}
    for domain, per_minute, slowed_to, held_until in rows:
        if per_minute is not None or slowed_to is not None:
            limited.add(domain)
        if held_until is not None and held_until > now:
            held[domain] = (held_until - now).total_seconds()
    return Limits(frozenset(limited), held)


def tokens_of_all_mail(now: datetime) -> int | None:
    """Return how many mails may go now by the limit of all mail, None without one; takes nothing."""
    pace = Pace.objects.filter(domain=ALL_MAIL).first()
    limit = pacing.limit_of(pace.per_minute, pace.slowed_to) if pace else None
    if pace is None or limit is None:
        return None
    return int(_tokens(pace, limit, now))


def database_now() -> datetime:
    """Return the moment of the clock that all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@transaction.atomic
def take_turns(claims: Sequence[Claim], known: Limits) -> Turn:
    """Return who may go now; takes a token for each of them where a limit is set, under the rows' locks."""
    domains = {claim.domain for claim in claims}
    concerned = (domains | {ALL_MAIL}) & (known.limited | set(known.held))
    if not concerned:
        return Turn(list(claims))
    # One order for everybody, so that two senders never wait for each other.
    paces = {
        pace.domain: pace for pace in Pace.objects.select_for_update().filter(domain__in=concerned).order_by("domain")
    }
    now = database_now()
    for pace in paces.values():
        limit = pacing.limit_of(pace.per_minute, pace.slowed_to)
        if limit is not None:
            pace.tokens, pace.refilled_at = _tokens(pace, limit, now), now
    may_go, waiting = [], []
    for claim in claims:
        own = [paces[domain] for domain in (claim.domain, ALL_MAIL) if domain in paces]
        if all(_has_token(pace, now) for pace in own):
            for pace in own:
                pace.tokens -= _is_limited(pace)
            may_go.append(claim)
        else:
            waiting.append(claim)
    waits = _waits(waiting, paces, now)
    Pace.objects.bulk_update(paces.values(), ["tokens", "refilled_at", "queued_until"])
    troubled = {domain: pace.last_answer for domain, pace in paces.items() if domain and _is_in_trouble(pace, now)}
    return Turn(may_go, waiting, waits, troubled)


def hold(domain: str, why: str, *, slows: bool) -> None:
    """Leave the domain alone for a while, longer each time in a row; one that is held already stays as it is."""
    Pace.objects.bulk_create([Pace(domain=domain)], ignore_conflicts=True)
    with transaction.atomic():
        pace = Pace.objects.select_for_update().get(domain=domain)
        now = database_now()
        if pace.held_until is not None and pace.held_until > now:
            return
        # Who was let go meanwhile, by a person or by being calm, begins anew.
        pace.holds = min(pace.holds + 1, 30) if pace.held_until else 1
        pace.held_until = now + timedelta(seconds=pacing.hold_for(pace.holds - 1))
        pace.last_answer = why[:MOST_ANSWER].replace("\x00", "")
        if slows:
            pace.slowed_to = pacing.slowed(pacing.limit_of(pace.per_minute, pace.slowed_to))
        pace.save(update_fields=["held_until", "holds", "last_answer", "slowed_to"])
    log.warning("Mail to %s is held until %s: %s", domain or "everybody", pace.held_until, why)


def recover() -> int:
    """Serve receivers faster that have been calm for a while, and forget their holds; return how many changed."""
    now = database_now()
    changed = 0
    with transaction.atomic():
        calm = Pace.objects.select_for_update(skip_locked=True).filter(held_until__lt=now - CALM)
        for pace in calm.order_by("domain"):
            pace.slowed_to = pacing.recovered(pace.slowed_to, pace.per_minute) if pace.slowed_to else None
            # A slowed one gets faster step by step: its calm counts from now on.
            pace.held_until = now if pace.slowed_to else None
            pace.holds = pace.holds if pace.slowed_to else 0
            pace.save(update_fields=["slowed_to", "held_until", "holds"])
            changed += 1
    return changed


def _tokens(pace: Pace, limit: int, now: datetime) -> float:
    seconds = (now - pace.refilled_at).total_seconds() if pace.refilled_at else 0.0
    # Who has never been limited begins with a token and no more.
    return pacing.refilled(pace.tokens if pace.refilled_at else 1.0, limit, seconds)


def _is_limited(pace: Pace) -> bool:
    return pacing.limit_of(pace.per_minute, pace.slowed_to) is not None


def _is_held(pace: Pace, now: datetime) -> bool:
    return pace.held_until is not None and pace.held_until > now


def _is_in_trouble(pace: Pace, now: datetime) -> bool:
    """Tell whether the receiver's refusals, and not a person's limit, have its mail wait."""
    return pace.slowed_to is not None or _is_held(pace, now)


def _has_token(pace: Pace, now: datetime) -> bool:
    if _is_held(pace, now):
        return False
    return not _is_limited(pace) or pace.tokens >= 1


def _waits(waiting: Sequence[Claim], paces: dict[str, Pace], now: datetime) -> list[float]:
    """Return for how long each waits: behind those of its domain that were queued before."""
    places: dict[str, list[float]] = {}
    for domain, count in Counter(claim.domain for claim in waiting).items():
        pace = paces.get(domain) or paces[ALL_MAIL]
        limit = pacing.limit_of(pace.per_minute, pace.slowed_to) or pacing.UNLIMITED
        held = max(0.0, (pace.held_until - now).total_seconds()) if pace.held_until else 0.0
        queued = max(0.0, (pace.queued_until - now).total_seconds()) if pace.queued_until else 0.0
        waits = pacing.queue_waits(count, limit, max(held, queued))
        pace.queued_until = now + timedelta(seconds=waits[-1])
        places[domain] = waits[::-1]
    return [places[claim.domain].pop() for claim in waiting]
