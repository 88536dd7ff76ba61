"""Guard rails: who has to stay, and to whom a customer must not go. The solver and the page ask the same functions."""

from dataclasses import dataclass, field
from datetime import datetime

from segments.placement import Need, hours_between, language_name, main_language
from segments.rebalancing.values import ZONE_LIKE_NOW, ZONE_WITHIN, Csm, Customer, Problem

# Why a customer has to stay; the first that applies is told.
CHANGING, PINNED, LET_PAST, RENEWAL = "changing", "pinned", "let_past", "renewal"
# Why a customer can't go to a certain CSM.
TAKES_NONE, LANGUAGE, ZONE = "takes_none", "language", "zone"


@dataclass
class Nearness:
    """Remembers how far clocks are apart and who speaks what: customers who live and speak alike are alike."""

    at: datetime
    _hours: dict[tuple[str, str, str, str], float | None] = field(default_factory=dict)
    _spoken: dict[int, frozenset[str]] = field(default_factory=dict)

    def hours(self, customer: Need, csm: Csm) -> float | None:
        """Return how many hours apart their clocks are; None where it can't be known."""
        key = (customer.time_zone, customer.country, csm.time_zone, csm.country)
        if key not in self._hours:
            self._hours[key] = hours_between(customer, csm, self.at)
        return self._hours[key]

    def speaks(self, customer: Need, csm: Csm) -> bool:
        """Tell whether the CSM speaks the customer's language; an unknown language is spoken by everybody."""
        if csm.pk not in self._spoken:
            self._spoken[csm.pk] = frozenset(main_language(one) for one in csm.languages)
        language = main_language(customer.language)
        return not language or language in self._spoken[csm.pk]


def reason_to_stay(problem: Problem, customer: Customer) -> str:
    """Return which rail keeps the customer where it is, whoever would take it; empty where none does."""
    rails = problem.rails
    if customer.csm is None:
        return ""
    if customer.is_changing:
        return CHANGING
    # A CSM who gives the whole portfolio back keeps nobody for the sake of a limit let past.
    if rails.pinned_stay and customer.is_pinned:
        return PINNED
    if rails.let_past_stay and customer.is_let_past and customer.csm not in rails.emptied:
        return LET_PAST
    if rails.renewal_days and customer.renews_on is not None:
        days = (customer.renews_on - problem.today).days
        # A renewal that is overdue is still being talked about.
        if abs(days) <= rails.renewal_days:
            return RENEWAL
    return ""


def reasons_against(problem: Problem, near: Nearness, customer: Customer, target: Csm) -> list[str]:
    """Return which rails forbid this CSM for the customer; empty where none does."""
    rails = problem.rails
    source = problem.by_pk.get(customer.csm) if customer.csm is not None else None
    against = [TAKES_NONE] if target.takes_none else []
    if rails.keep_language and source is not None:
        loses = near.speaks(customer, source) and not near.speaks(customer, target)
        against += [LANGUAGE] if loses else []
    if not within_zone(problem, near, customer, target):
        against.append(ZONE)
    return against


def within_zone(problem: Problem, near: Nearness, customer: Customer, target: Csm) -> bool:
    """Tell whether the clocks are as near as the rail wants; what can't be known is let be."""
    rails = problem.rails
    apart = near.hours(customer, target)
    if apart is None or rails.zone not in (ZONE_LIKE_NOW, ZONE_WITHIN):
        return True
    if rails.zone == ZONE_WITHIN:
        return apart <= rails.zone_hours
    source = problem.by_pk.get(customer.csm) if customer.csm is not None else None
    now = near.hours(customer, source) if source is not None else None
    return now is None or apart <= now + rails.zone_hours


def broken_rails(problem: Problem, customer: Customer, target: Csm, near: Nearness | None = None) -> list[str]:
    """Return in words every rail that this move would break, for whoever moves a customer by hand."""
    near = near or Nearness(problem.at)
    rails = problem.rails
    words = []
    stays = reason_to_stay(problem, customer)
    if stays:
        words.append(stays_in_words(problem, customer, stays))
    for code in reasons_against(problem, near, customer, target):
        if code == TAKES_NONE:
            words.append(f"{target.name} {target.takes_none}")
        elif code == LANGUAGE:
            words.append(
                f"{target.name} does not speak {language_name(main_language(customer.language))}, the present CSM does"
            )
        else:
            apart = near.hours(customer, target)
            than = "" if rails.zone == ZONE_WITHIN else " more than now"
            words.append(f"{target.name} works {apart:g} h apart, {rails.zone_hours:g} h{than} are allowed")
    return words


def stays_in_words(problem: Problem, customer: Customer, reason: str) -> str:
    """Return in words why the customer has to stay."""
    if reason == RENEWAL and customer.renews_on is not None:
        days = (customer.renews_on - problem.today).days
        return f"it renews in {_days(days)}" if days >= 0 else f"its renewal was due {_days(-days)} ago"
    return {
        CHANGING: "its tier is changing just now",
        PINNED: "it is pinned to its tier by a manager",
        LET_PAST: "a manager let it past the limit to be with this CSM",
    }[reason]


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
