"""Why a customer is in its tier, and why it is not in another, in sentences."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from django.db import connection
from django.utils import timezone

from accounts.models import CompanySettings, Customer, Tier
from segments.conditions import sql
from segments.conditions.fields import MONEY, FieldSet, Type
from segments.conditions.trees import conditions_in
from segments.models import RuleSet, TierMove, TierPin
from segments.plan import Moment, plan_sql
from segments.queries.rule_sets import rule_book
from segments.rules import Outcome, RuleBook

PLANNED = "SELECT to_tier, rule_id, rule_name, why, outcome, figures FROM ({plan}) p"


@dataclass(frozen=True)
class Sentence:
    """Why this tier.

    `text` says where the customer is and by what; `held` why it is not where the rules lead it, empty where it is.
    `target` is the tier that the rules or the pin lead to, `figures` what they look at now.
    """

    text: str
    held: str = ""
    target: str | None = None
    outcome: str = Outcome.STAYS.value
    figures: str = ""
    pin: TierPin | None = None
    waiting: TierMove | None = None
    last_move: TierMove | None = None

    def __str__(self) -> str:
        return f"{self.text} {self.held}".strip()


def why_this_tier(customer: Customer, *, locale: Locale | str = "en") -> Sentence:
    """Return why the customer is in its tier, decided now by the active rules; nine queries."""
    moves = TierMove.objects.filter(customer=customer)
    last = moves.filter(status=TierMove.Status.APPLIED).select_related("rule_set", "decided_by")
    last_move = last.order_by("-created_at", "-pk").first()
    waiting = moves.filter(status=TierMove.Status.WAITING).select_related("rule_set").first()
    pin = TierPin.objects.filter(customer=customer, ended_at=None).select_related("pinned_by").first()
    rule_set = RuleSet.objects.filter(status=RuleSet.Status.ACTIVE).first()
    speaker = _Speaker(customer, CompanySettings.current(), locale)
    if rule_set is None:
        return Sentence(speaker.standing(last_move), pin=pin, last_move=last_move)
    moment, fields = Moment.at(timezone.now()), sql.current_fields()
    book = rule_book(rule_set, now=moment.now, fields=fields)
    planned = _planned(customer, book, moment)
    if planned is None:
        return Sentence(speaker.standing(last_move), last_move=last_move)
    target, rule_id, rule_name, words, outcome, figures = planned
    asked = fields if rule_id is None else _asked_by(book, rule_id)
    if pin is not None and pin.until >= moment.today:
        text = speaker.pinned(pin)
    elif outcome == Outcome.STAYS:
        text = speaker.by_rule(rule_name, words, book.version)
    else:
        text = speaker.standing(last_move)
    return Sentence(
        text,
        speaker.held(outcome, target, f"“{rule_name}” ({words})" if rule_name else words, book, moment.today),
        target,
        outcome,
        figures_in_words(json.loads(figures), asked, currency=speaker.currency, locale=locale),
        pin,
        waiting,
        last_move,
    )


def figures_in_words(figures: dict[str, Any], fields: FieldSet, *, currency: str, locale: Locale | str = "en") -> str:
    """Return what a move keeps of a customer, in words: "ARR 72,000 USD, seats 40, strategic"."""
    said = []
    for key, value in figures.items():
        field = fields.by_key.get(key)
        # The MRR says nothing that the ARR does not.
        if field is None or value is None or value in ("", []) or (key == "mrr" and "arr" in figures):
            continue
        if field.type is Type.YES_NO:
            if value in (True, "true"):
                said.append(field.yes_words)
        elif field.type is Type.NUMBER:
            unit = currency if field.unit == MONEY else field.unit
            pattern = "#,##0" if field.unit == MONEY else "#,##0.##"
            number = format_decimal(Decimal(str(value)), format=pattern, locale=locale)
            said.append(f"{field.words} {number} {unit}".strip())
        else:
            shown = ", ".join(value) if isinstance(value, list) else dict(field.choices).get(value, value)
            said.append(f"{field.words} {shown}")
    words = ", ".join(said)
    return words[:1].upper() + words[1:]


def _planned(customer: Customer, book: RuleBook, moment: Moment) -> tuple[Any, ...] | None:
    plan, values = plan_sql(book, moment, customer_ids=[customer.pk], everybody=True)
    with connection.cursor() as cursor:
        cursor.execute(PLANNED.replace("{plan}", plan), values)
        return cursor.fetchone()


class _Speaker:
    def __init__(self, customer: Customer, company: CompanySettings, locale: Locale | str) -> None:
        self._customer = customer
        self._zone = ZoneInfo(company.time_zone)
        self._locale = locale
        self.currency = company.currency

    def standing(self, last_move: TierMove | None) -> str:
        if self._customer.tier is None:
            return "In no tier yet."
        if last_move is None or last_move.to_tier != self._customer.tier:
            return f"{self._here()}."
        if last_move.reason == TierMove.Reason.PIN:
            return f"{self._here()}. It came here by a pin: {last_move.why}."
        version = f" of version {last_move.rule_set.version}" if last_move.rule_set else ""
        return f"{self._here()}, by the rule “{last_move.rule_name}”{version}: {last_move.why}."

    def by_rule(self, rule_name: str, words: str, version: int) -> str:
        return f"{self._here()}, by the rule “{rule_name}” of version {version}: {words}."

    def pinned(self, pin: TierPin) -> str:
        who = f" by {pin.pinned_by}" if pin.pinned_by else ""
        return f"Pinned to {_label(pin.tier)}{who} until {self._day(pin.until)}: {pin.reason}"

    def held(self, outcome: str, target: str, rule: str, book: RuleBook, today: date) -> str:
        led = f"The rules lead to {_label(target)} by {rule}"
        match outcome:
            case Outcome.MARGIN:
                share = format_decimal(book.margin * 100, locale=self._locale)
                return f"{led}, but its figures are within the margin of {share}%, so it stays."
            case Outcome.DAYS:
                return f"{led}, but figures alone move it only from {self._day(self._free_on(book))} on."
            case Outcome.REJECTED:
                return f"{led}, but that move was rejected by a person."
            case Outcome.WAITING:
                return f"{led}; the move waits for approval."
            case Outcome.FIRST | Outcome.APPLY:
                return f"{led}; the next run moves it."
            case Outcome.PINNED:
                return "The next run moves it to the tier of its pin."
            case _:
                return ""

    def _free_on(self, book: RuleBook) -> date:
        since = self._customer.tier_since or timezone.now()
        return since.astimezone(self._zone).date() + timedelta(days=book.minimum_days)

    def _here(self) -> str:
        tier, since = self._customer.tier or "", self._customer.tier_since
        label = Tier(tier).label
        return f"{label} since {self._day(since)}" if since else label

    def _day(self, value: date | datetime) -> str:
        day = value.astimezone(self._zone).date() if isinstance(value, datetime) else value
        return format_date(day, "medium", locale=self._locale)


def _label(tier: str) -> str:
    return Tier(tier).label.lower()


def _asked_by(book: RuleBook, rule_id: int) -> FieldSet:
    rule = next(rule for rule in book.rules if rule.id == rule_id)
    return FieldSet({c.field.key: c.field for c in conditions_in(rule.conditions)})
