"""Words with a fixed meaning: yes and no, currencies, billing periods, stages of a customer's life."""

import re
from functools import lru_cache

import pycountry

from accounts.rules.errors import Unreadable
from accounts.rules.texts import fold, shown

# English, German, French, Spanish, Italian, Portuguese, Dutch and Polish, as their spreadsheets export them.
_YES = "true t yes y 1 1.0 on x ja j oui o si sim s sì sí wahr vrai verdadero vero verdadeiro waar tak ✓ ✔ ☑"
_NO = "false f no n 0 0.0 off nein non nao não nee falsch faux falso onwaar nie - – ✗ ✘ ☐"
_YES_NO = dict.fromkeys(_YES.split(), True) | dict.fromkeys(_NO.split(), False)

# Signs that one currency owns; a bare $ is the US dollar unless a letter says which. “kr” and “Fr” name several.
_SIGN_LIST = (
    "$=USD us$=USD $us=USD usd$=USD c$=CAD ca$=CAD a$=AUD au$=AUD nz$=NZD hk$=HKD s$=SGD sg$=SGD nt$=TWD mx$=MXN "
    "r$=BRL €=EUR £=GBP ¥=JPY jp¥=JPY cn¥=CNY rmb=CNY ₹=INR rs=INR ₩=KRW ₽=RUB ₺=TRY ₴=UAH ₪=ILS ₫=VND ₦=NGN "
    "₱=PHP ฿=THB ₡=CRC ₲=PYG ₸=KZT ₾=GEL zł=PLN kč=CZK ft=HUF lei=RON лв=BGN руб=RUB sfr=CHF euro=EUR euros=EUR"
)
_SIGNS = dict(pair.split("=") for pair in _SIGN_LIST.split())

_MONTHS_BETWEEN_BILLS: dict[int, str] = {
    1: "monthly|month|months|mo|m|mth|1 month|1 months|one month|every month|each month|per month|month to month|"
    "monthly plan|p1m|1m|monatlich|monat|mtl|mensuel|mensuelle|mois|mensual|mes|mensile|mese|mensal|maandelijks|maand",
    12: "annual|annually|yearly|year|years|yr|y|1 year|1 years|one year|every year|each year|per year|per annum|pa|p a|"
    "p1y|p12m|1y|12|12 months|12 month|12m|every 12 months|annual plan|jahrlich|jaehrlich|jahr|annuel|annuelle|"
    "annee|anual|ano|annuale|anno|jaarlijks|jaar",
    3: "quarterly|quarter|3 months|3 month|every 3 months|per quarter|p3m|3m|vierteljahrlich|quartal|trimestriel|"
    "trimestral|trimestrale|kwartaal",
    6: "semi annual|semi annually|semiannual|semiannually|half yearly|biannual|biannually|6 months|6 month|"
    "every 6 months|p6m|6m|halbjahrlich|semestriel|semestral",
    24: "2 years|two year|two years|24 months|every 2 years|biennial|biennially|p2y|24m",
    36: "3 years|three year|three years|36 months|every 3 years|triennial|triennially|p3y|36m",
}
_BILLING = {word: months for months, words in _MONTHS_BETWEEN_BILLS.items() for word in words.split("|")}

_STAGE_WORDS = {
    "lead": "lead|new|prospect|opportunity|salesqualifiedlead|marketingqualifiedlead|sales qualified lead|"
    "marketing qualified lead|sql|mql",
    "trial": "trial|trialing|trialling|in trial|free trial|on trial|evaluation|poc|pilot",
    "onboarding": "onboarding|implementation|implementing|deployment|deploying|setup|set up|joined",
    "adoption": "adoption|adopting|active|customer|live|current|won|evangelist|paying|paid|existing customer|"
    "reactivated|non renewing|past due|unpaid|stayed|retained|existing|loyal",
    "renewal": "renewal|renewing|up for renewal|in renewal",
    "churned": "churned|churn|cancelled|canceled|lost|inactive|former|former customer|ended|expired|terminated|closed|"
    "attrited|attrited customer|left",
}
_STAGES = {word: stage for stage, words in _STAGE_WORDS.items() for word in words.split("|")}

_STATUS_WORDS = {
    "trial": "trial|trialing|trialling|in trial|free trial|on trial|evaluation",
    "running": "active|live|current|running|paid|paying|open|renewed|past due|unpaid|overdue|grace|paused|"
    "pending renewal|stayed|joined|retained|won|customer|1|true|yes",
    "ending": "non renewing|nonrenewing|not renewing|pending cancellation|canceling|cancelling|pending cancel|"
    "active canceled|active cancelled",
    "future": "future|scheduled|upcoming|pending|not started",
    "ended": "ended|cancelled|canceled|expired|terminated|churned|churn|lapsed|closed|inactive|stopped|finished|lost|"
    "deleted|void|voided|failed|deactivated|0|false|no",
    "unpaid_first_bill": "incomplete|incomplete expired",
}
_STATUSES = {word: status for status, words in _STATUS_WORDS.items() for word in words.split("|")}


def read_yes_no(text: str) -> bool:
    """Return the truth a word says, in several languages; raise Unreadable for any other word."""
    found = _YES_NO.get(text)
    if found is None:
        found = _YES_NO.get(text.strip().casefold())
    if found is None:
        raise Unreadable(f"{shown(text)} is neither yes nor no.", "not_yes_or_no")
    return found


@lru_cache(maxsize=4096)
def currency_code(text: str) -> str:
    """Return the ISO 4217 code of a code, a sign or an English name of a currency."""
    word = text.strip()
    code = word.upper()
    if len(code) == 3 and pycountry.currencies.get(alpha_3=code) is not None:
        return code
    sign = _SIGNS.get(word.casefold().strip(".: ")) or _currency_names().get(fold(word))
    if sign is None:
        raise Unreadable(f"{shown(text)} is not a currency; a code such as EUR is.", "unknown_currency")
    return sign


@lru_cache(maxsize=4096)
def billing_months(text: str) -> int:
    """Return how many months lie between two bills: 1 for “monthly”, 12 for “yearly”, 3 for “quarterly” …"""
    found = _BILLING.get(fold(text))
    if found is None:
        counted = re.fullmatch(r"(?:every )?(\d{1,2}) (month|year)s?", fold(text))
        if counted and int(counted[1]) > 0:
            return int(counted[1]) * (12 if counted[2] == "year" else 1)
        raise Unreadable(f"{shown(text)} is no billing period, such as monthly or annual.", "unknown_billing")
    return found


@lru_cache(maxsize=4096)
def stage_of(text: str) -> str:
    """Return the stage of a customer's life that a status word of the trade means."""
    found = _STAGES.get(fold(text))
    if found is None:
        raise Unreadable(f"{shown(text)} is no stage, such as trial, active or churned.", "unknown_stage")
    return found


@lru_cache(maxsize=4096)
def subscription_status(text: str) -> str:
    """Return what a billing system's status word means: trial, running, ending, future, ended or unpaid_first_bill."""
    found = _STATUSES.get(fold(text))
    if found is None:
        raise Unreadable(
            f"{shown(text)} is no status of a subscription, such as active or cancelled.", "unknown_status"
        )
    return found


@lru_cache(maxsize=1)
def _currency_names() -> dict[str, str]:
    names = {fold(currency.name): currency.alpha_3 for currency in pycountry.currencies}
    return names | {fold(f"{currency.name}s"): currency.alpha_3 for currency in pycountry.currencies}
