"""Telling both CSMs: one mail for everybody whose portfolio an act changes, with what came and what went."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from accounts import mail
from accounts.models import Tier, User
from segments.models import Rebalance, RebalanceMove

# A mail is read on a phone; the portfolio lists the rest.
MOST_NAMES = 50


@dataclass(frozen=True)
class _Line:
    name: str
    tier: str
    other: str


@dataclass
class _News:
    """What one CSM gains and loses, the biggest ARR first."""

    gained: list[_Line] = field(default_factory=list)
    lost: list[_Line] = field(default_factory=list)


def tell_csms(
    rebalance: Rebalance, moves: Sequence[RebalanceMove], *, actor: User, note: str = "", undone: bool = False
) -> None:
    """Promise a mail to every active CSM whose portfolio grows or shrinks."""
    news: dict[User, _News] = defaultdict(_News)
    for move in sorted(moves, key=lambda one: (-one.arr, one.pk)):
        giver, taker = (move.to_person, move.from_person) if undone else (move.from_person, move.to_person)
        tier = Tier(move.tier).label.lower()
        if taker is not None:
            news[taker].gained.append(_Line(move.customer.name, tier, str(giver or "")))
        if giver is not None:
            news[giver].lost.append(_Line(move.customer.name, tier, str(taker or "")))
    for person, one in news.items():
        if person.is_active:
            mail.post(person.email, "rebalance", _context(person, one, actor=actor, note=note, undone=undone))


def _context(person: User, news: _News, *, actor: User, note: str, undone: bool) -> dict[str, object]:
    return {
        "person": person,
        "actor": actor,
        "note": note,
        "undone": undone,
        "gained": news.gained[:MOST_NAMES],
        "lost": news.lost[:MOST_NAMES],
        "gained_count": len(news.gained),
        "lost_count": len(news.lost),
        "more_gained": max(0, len(news.gained) - MOST_NAMES),
        "more_lost": max(0, len(news.lost) - MOST_NAMES),
        "link": settings.PUBLIC_URL + reverse("portfolio"),
        "notes_link": settings.PUBLIC_URL + reverse("handovers"),
    }
