"""Why a customer should move, in words that a manager can say to both CSMs."""

from collections import Counter
from dataclasses import dataclass

from segments.placement import language_name, main_language
from segments.rebalancing.rails import Nearness
from segments.rebalancing.values import Csm, Customer, Problem

LONGEST = 300


@dataclass(frozen=True)
class Reasons:
    """Tells the moves of one tier; `after` are the loads by CSM and tier once all of them are done."""

    problem: Problem
    near: Nearness
    tier: str
    after: Counter[tuple[int, str]]

    def why(self, customer: Customer, target: Csm) -> str:
        """Return why the customer leaves, and why it goes to this CSM."""
        arriving = ", ".join(part for part in (fit_in_words(self.near, customer, target), self._room(target)) if part)
        parts = [self._leaving(customer), f"{target.name}: {arriving}", together_in_words(self.problem, customer)]
        return " · ".join(part for part in parts if part)[:LONGEST]

    def _leaving(self, customer: Customer) -> str:
        if customer.csm is None:
            return "Nobody is its CSM yet"
        source = self.problem.by_pk[customer.csm]
        used, limit = self.problem.before[source.pk, self.tier], self.problem.limit(source.pk, self.tier)
        if source.takes_none and not limit:
            return f"{source.name} {source.takes_none}"
        if limit is not None and used > limit:
            return f"{source.name} has {used} {self.tier}-touch customers, the limit is {limit}"
        if self.problem.rails.even_out:
            return f"Evens out: {source.name} has {used}" + (f" of {limit}" if limit is not None else "")
        return f"Makes room with {source.name} for another customer that fits there"

    def _room(self, target: Csm) -> str:
        """Return how full the portfolio is before and after all moves: "9 → 11 of 15"."""
        before, after = self.problem.before[target.pk, self.tier], self.after[target.pk, self.tier]
        limit = self.problem.limit(target.pk, self.tier)
        return f"{before} → {after}" + (f" of {limit}" if limit is not None else ", no limit")


def fit_in_words(near: Nearness, customer: Customer, target: Csm) -> str:
    """Return how the CSM fits, as far as it is known: "speaks German, 1 h apart"."""
    words = []
    language = main_language(customer.language)
    if language:
        speaks = "speaks" if near.speaks(customer, target) else "does not speak"
        words.append(f"{speaks} {language_name(language)}")
    hours = near.hours(customer, target)
    if hours is not None:
        words.append("same time of day" if hours == 0 else f"{hours:g} h apart")
    return ", ".join(words)


def together_in_words(problem: Problem, customer: Customer) -> str:
    """Return for how long the customer has had its CSM; empty where it has none."""
    if customer.csm is None or customer.held_since is None:
        return ""
    days = max(0, (problem.today - customer.held_since).days)
    if days < 60:
        return f"together for {days} {'day' if days == 1 else 'days'}"
    if days < 730:
        return f"together for {days // 30} months"
    return f"together for {days // 365} years"
