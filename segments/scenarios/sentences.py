"""Says a scenario in words: what it changes, and what comes of it beside today."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from segments.placement import language_name
from segments.scenarios.changes import Changes, Hire
from segments.scenarios.company import Company
from segments.scenarios.outcome import Outcome, Shortage

AN_HOUR = 60


@dataclass(frozen=True)
class Saying:
    """One change in words, with the name and arguments of the address where it is made for real."""

    words: str
    address: str
    args: tuple[object, ...] = ()
    where: str = ""

    @property
    def person(self) -> int | None:
        """Return the id of the person whom it is about; None where it is about nobody in particular."""
        return next((arg for arg in self.args if isinstance(arg, int)), None)


class Speaker:
    """Says numbers and weeks as the reader writes them."""

    def __init__(self, locale: Locale | str, currency: str = "") -> None:
        """Speak in this locale; `currency` is the company's."""
        self._locale = locale
        self._currency = currency

    def number(self, value: float | Decimal) -> str:
        """Return a number with the reader's grouping, to two places at most."""
        return format_decimal(value, format="#,##0.##", locale=self._locale)

    def hours(self, minutes: float) -> str:
        """Return minutes as hours: "7.5 h"."""
        return f"{self.number(round(minutes / AN_HOUR, 2))} h"

    def week(self, monday: date) -> str:
        """Return the week by its Monday: "the week of Dec 7, 2026"."""
        return f"the week of {format_date(monday, 'medium', locale=self._locale)}"

    def counted(self, number: float, one: str, many: str = "") -> str:
        """Return "1 customer" or "3 customers"."""
        return f"{self.number(number)} {one if number == 1 else many or one + 's'}"

    # --- what comes of it -------------------------------------------------------------------------
    def headline(self, outcome: Outcome, today: Outcome | None = None) -> str:
        """Return in one or two sentences whether everybody can be served, beside today where that is given."""
        then = outcome.shortage
        if not then.people:
            said = f"All customers together fit into the hours there are, in all {len(outcome.weeks)} weeks"
            return f"{said}{self._overloaded(outcome)}.{self._today(today, outcome)}"
        short = f"{self.counted(then.people, 'CSM')} short {self._when(then, outcome)}"
        worst = f"in the worst week {self.counted(ceil(then.minutes / AN_HOUR), 'hour is', 'hours are')} missing"
        return f"{short}: {worst}.{self._today(today, outcome)}"

    def _overloaded(self, outcome: Outcome) -> str:
        over = len(outcome.overloaded)
        if not over:
            return ""
        return f"; but {self.counted(over, 'CSM has', 'CSMs have')} more promised than time, while others have room"

    def _counted_overloaded(self, number: int) -> str:
        return self.counted(number, "CSM has too much", "CSMs have too much") if number else "nobody has too much"

    def _today(self, today: Outcome | None, outcome: Outcome) -> str:
        if today is None:
            return ""
        then, now = outcome.shortage, today.shortage
        if not now.people:
            if then.people:
                return " Today nobody is missing."
            over, before = len(outcome.overloaded), len(today.overloaded)
            return "" if over == before else f" Today {self._counted_overloaded(before)}."
        if (now.people, now.weeks, now.first) == (then.people, then.weeks, then.first):
            return " That is so today, too."
        return f" Today: {self.counted(now.people, 'CSM')} short {self._when(now, today)}."

    def moves(self, outcome: Outcome, today: Outcome) -> str:
        """Return in one sentence who moves, and who stays without a CSM."""
        moving, handed = outcome.moving.customers, outcome.handed_over
        said = [self.counted(moving, "customer changes tier", "customers change tier")] if moving else []
        if handed:
            one, many = ("loses or changes its CSM", "lose or change their CSM")
            said.append(
                self.counted(handed, one, many)
                if moving
                else self.counted(handed, f"customer {one}", f"customers {many}")
            )
        first = f"{_listed(said)}." if said else "Nobody changes tier or CSM."
        left, before = outcome.unassigned.customers, today.unassigned.customers
        if not left:
            return f"{first} Every high- and low-touch customer has a CSM."
        stay = self.counted(left, "customer stays", "customers stay")
        apart = self.difference(left, before)
        return f"{first} {stay} without a CSM, {apart if left == before else f'{apart} than today'}."

    def difference(self, value: float, before: float, unit: str = "") -> str:
        """Return how the value stands to today's: "3 more", "2 points less", "as today"."""
        apart = value - before
        if abs(apart) < 0.005:
            return "as today"
        amount = self.counted(abs(apart), "point") if unit == "point" else f"{self.number(abs(apart))} {unit}".strip()
        return f"{amount} {'more' if apart > 0 else 'less' if unit else 'fewer'}"

    def _when(self, shortage: Shortage, outcome: Outcome) -> str:
        if shortage.first is None:
            return ""
        number = next(n for n, week in enumerate(outcome.weeks) if week.monday == shortage.first)
        if shortage.weeks == len(outcome.weeks) - number:
            return f"from {self.week(shortage.first)} on"
        if shortage.weeks == 1:
            return f"in {self.week(shortage.first)}"
        return f"in {shortage.weeks} of {len(outcome.weeks)} weeks, first in {self.week(shortage.first)}"

    # --- what it changes --------------------------------------------------------------------------
    def changes(self, changes: Changes, company: Company, name_of: Callable[[int], str]) -> list[Saying]:
        """Return every change in words, beside what is so today."""
        return [
            *self._thresholds(changes, company),
            *self._terms(changes, company),
            *self._people(changes, name_of),
            *(self._hire(hire) for hire in changes.hires),
        ]

    def _thresholds(self, changes: Changes, company: Company) -> Iterable[Saying]:
        for threshold in company.thresholds:
            if (value := changes.thresholds.get(threshold.key)) is not None:
                unit = self._currency if threshold.field.unit == "money" else threshold.field.unit
                numbers = f"{self.number(value)} instead of {self.number(threshold.value)}"
                words = f"{threshold.key.rule}: {threshold.words} {numbers} {unit}".strip()
                yield Saying(words, "rule_sets", where="the tier rules")

    def _terms(self, changes: Changes, company: Company) -> Iterable[Saying]:
        terms = company.inputs.terms
        for tier, limit in changes.limits.items():
            before = terms.limits.get(tier)
            known = "no limit" if before is None else self.number(before)
            words = f"{self.number(limit)} {tier}-touch customers a CSM instead of {known}"
            yield Saying(words, "limits", where="the limits")
        for tier, minutes in changes.planned_minutes.items():
            before_hours = self.hours(terms.planned_minutes.get(tier, 0))
            words = f"{self.hours(minutes)} a {tier}-touch customer and month instead of {before_hours}"
            yield Saying(words, "capacity_settings", where="the settings of capacity")
        for (event, tier), minutes in changes.event_minutes.items():
            plan = terms.events.get((event, tier))
            before_hours = self.hours(plan.minutes if plan else 0)
            words = f"{self.hours(minutes)} for the {event} of a {tier}-touch customer instead of {before_hours}"
            yield Saying(words, "capacity_settings", where="the settings of capacity")
        if changes.utilisation_target is not None:
            words = (
                f"{changes.utilisation_target}% of working time for customers instead of {terms.utilisation_target}%"
            )
            yield Saying(words, "capacity_settings", where="the settings of capacity")

    def _people(self, changes: Changes, name_of: Callable[[int], str]) -> Iterable[Saying]:
        for person, monday in changes.leaving.items():
            words = f"{name_of(person)} leaves from {self.week(monday)} on"
            yield Saying(words, "person", (person,), "the person's page")
        for person, change in changes.hours.items():
            words = (
                f"{name_of(person)} works {self.hours(change.weekly_minutes)} a week from {self.week(change.starts)} on"
            )
            yield Saying(words, "person", (person,), "the person's page")
        for (person, tier), limit in changes.own_limits.items():
            words = f"{name_of(person)} takes up to {self.number(limit)} {tier}-touch customers"
            yield Saying(words, "person_limit", (person, tier), "the person's limit")

    def _hire(self, hire: Hire) -> Saying:
        called = f" ({hire.name})" if hire.name else ""
        spoken = f", speaking {_listed([language_name(code) for code in hire.languages])}" if hire.languages else ""
        limits = "".join(f", at most {self.number(limit)} {tier} touch" for tier, limit in _ordered(hire.limits))
        words = (
            f"{self.counted(hire.count, 'new CSM')}{called} from {self.week(hire.starts)} on, "
            f"{self.hours(hire.weekly_minutes)} a week{spoken}{limits}"
        )
        return Saying(words, "invite", where="inviting people")


def _ordered(limits: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(limits.items())


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
