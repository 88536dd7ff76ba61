"""How pages print what only newsletters have: minutes on a wall clock, states, bars of many parts."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from babel.dates import format_time
from babel.numbers import format_decimal, format_percent
from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.reading import current_locale
from newsletters.audiences import language_name
from newsletters.models import Delivery, Issue

register = template.Library()

# How a state looks: tone and icon.
STATE_LOOKS = {
    Issue.State.DRAFT: ("neutral", "edit"),
    Issue.State.IN_REVIEW: ("warn", "hourglass"),
    Issue.State.APPROVED: ("accent", "checks"),
    Issue.State.SCHEDULED: ("info", "calendar-time"),
    Issue.State.FREEZING: ("info", "list"),
    Issue.State.SENDING: ("info", "send"),
    Issue.State.PAUSED: ("warn", "player-pause"),
    Issue.State.CANCELLING: ("warn", "ban"),
    Issue.State.FINISHED: ("good", "circle-check"),
    Issue.State.CANCELLED: ("neutral", "ban"),
}
# The parts of the bar in their order from the left, and what stands for several states.
PARTS = (
    ("sent", "Arrived at the receiver", (Delivery.State.SENT,)),
    ("unknown", "Perhaps sent", (Delivery.State.UNKNOWN,)),
    ("failed", "Refused", (Delivery.State.FAILED,)),
    ("left", "Not wanted or cancelled", (Delivery.State.SUPPRESSED, Delivery.State.CANCELLED)),
    ("deferred", "To be tried again", (Delivery.State.DEFERRED,)),
)
BAR_UNITS = 1000


@register.filter
def wall_clock(minutes: int | None) -> str:
    """Return minutes after midnight as a clock shows them to the reader."""
    return "" if minutes is None else format_time(time(*divmod(minutes, 60)), "short", locale=current_locale())


@register.filter
def rate(share: float | None) -> str:
    """Return a share of 1 as a percentage, a small one with its first decimal: 0.0031 gives 0.3%.

    Mail providers count complaints so: they ask senders to stay below 0.1% and never to reach 0.3%
    (https://support.google.com/a/answer/81126).
    """
    if share is None:
        return "–"
    if 0 < share < 0.001:
        return "under " + format_percent(0.001, locale=current_locale(), decimal_quantization=False)
    return format_percent(round(share, 3 if share < 0.1 else 2), locale=current_locale(), decimal_quantization=False)


@register.filter
def wanted_by(proposal: Any) -> str:
    """Return who wants a proposal, one of queries.proposals.with_votes, in words: "3 customers, 1 colleague"."""
    parts = (
        (proposal.customers, "customer", "customers"),
        (proposal.colleagues, "colleague", "colleagues"),
        (proposal.asked_by, "asked in hours", "asked in hours"),
    )
    return (
        ", ".join(
            f"{format_decimal(n, locale=current_locale())} {one if n == 1 else many}" for n, one, many in parts if n
        )
        or "nobody yet"
    )


@register.inclusion_tag("newsletters/issues/_state.html")
def issue_state(issue: Issue) -> dict[str, Any]:
    """Show an issue's state: icon, words, colour."""
    tone, icon = STATE_LOOKS[Issue.State(issue.state)]
    return {"label": issue.get_state_display(), "tone": tone, "icon": icon}


@register.filter
def language(code: str) -> str:
    """Return a language by its name: English."""
    return language_name(code)


@register.simple_tag
def issue_icon(issue: Issue) -> SafeString:
    """Return the icon of an issue's state; its words stand beside it."""
    href = f"{static('vendor/icons.svg')}#{STATE_LOOKS[Issue.State(issue.state)][1]}"
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def delivery_bar(counts: Mapping[str, int], total: int) -> SafeString:
    """Return the bar of an issue's deliveries by state; what is still to be sent is its empty rest."""
    parts, at = [], 0.0
    for key, _, states in PARTS:
        width = BAR_UNITS * sum(counts.get(state, 0) for state in states) / total if total else 0
        if width:
            parts.append((key, f"{at:.2f}", f"{max(width, 1):.2f}"))
            at += width
    drawn = format_html_join("", '<rect class="bar-{}" x="{}" y="0" width="{}" height="10"></rect>', parts)
    return format_html(
        '<svg class="delivery-bar" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        "{}</svg>",
        BAR_UNITS,
        drawn,
    )


@register.simple_tag
def bar_legend(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return (class, words, number) of each part of the bar that there is, and of what is still to be sent."""
    found = [(key, words, sum(counts.get(state, 0) for state in states)) for key, words, states in PARTS]
    waiting = sum(counts.get(state, 0) for state in ("waiting", "claimed", "in_flight"))
    return [*(row for row in found if row[2]), ("waiting", "Still to be sent", waiting)]


@register.filter
def duration(seconds: float | None) -> str:
    """Return a length of time in two words at most: 40 seconds, 12 minutes, 3 h 20 min."""
    if seconds is None:
        return ""
    if seconds < 90:
        whole = max(1, round(seconds))
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
