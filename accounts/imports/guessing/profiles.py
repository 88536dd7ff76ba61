"""What the values of a column look like."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from accounts import rules
from accounts.imports.fields import Field, Type
from accounts.imports.reading import RawRow
from accounts.imports.values import is_empty
from accounts.rules import DateOrder, Unreadable

MOST_DISTINCT = 5_000
JUDGED = 300
EXAMPLES, SHORT = 3, 40
_ID = re.compile(r"(?=.*\d)[\w.:#/-]+")

_READERS: dict[Type, Callable[[str], object]] = {
    Type.COUNTRY: rules.country_code,
    Type.LANGUAGE: rules.language_code,
    Type.TIME_ZONE: rules.time_zone_name,
    Type.DOMAIN: rules.domain_name,
    Type.EMAIL: rules.email_address,
    Type.CURRENCY: rules.currency_code,
    Type.BILLING: rules.billing_months,
    Type.STAGE: rules.stage_of,
    Type.STATUS: rules.subscription_status,
    Type.YES_NO: rules.read_yes_no,
}


@dataclass
class Profile:
    """A column's first values: how many cells are filled, and which different texts stand in them."""

    position: int
    name: str
    rows: int = 0
    filled: int = 0
    distinct: dict[str, None] = field(default_factory=dict)

    @property
    def uniqueness(self) -> float:
        """Return the share of the filled cells whose text stands nowhere else."""
        if not self.filled:
            return 0
        return 1 if len(self.distinct) >= MOST_DISTINCT else len(self.distinct) / self.filled

    @property
    def looks_like_ids(self) -> bool:
        """Tell whether the texts are single words with a digit, as keys are."""
        texts = self._judged()
        return bool(texts) and sum(1 for text in texts if _ID.fullmatch(text)) >= 0.8 * len(texts)

    @property
    def looks_like_keys(self) -> bool:
        """Tell whether every cell holds an id, and these are no mere numbers, which could be anything."""
        texts = self._judged()
        return self.filled == self.rows and self.looks_like_ids and not any(text.isdigit() for text in texts)

    def fit(self, wanted: Field) -> float:
        """Return the share of the different texts that can be read as the field; 1 for a column without any."""
        texts = self._judged()
        if not texts:
            return 1
        if wanted.has_dates:
            return max(_share(texts, partial(rules.read_date, order=order)) for order in DateOrder)
        if wanted.has_numbers:
            return max(_share(texts, partial(_number(wanted), decimal_mark=mark)) for mark in ".,")
        if wanted.type == Type.CHOICE:
            known = {choice.casefold() for choice in wanted.choices}
            return sum(1 for text in texts if text.casefold() in known) / len(texts)
        reader = _READERS.get(wanted.type)
        if reader is not None:
            return _share(texts, reader)
        return sum(1 for text in texts if len(text) <= wanted.limit) / len(texts)

    def examples(self) -> list[str]:
        """Return the first different texts, short."""
        return [text if len(text) <= SHORT else text[: SHORT - 1] + "…" for text in list(self.distinct)[:EXAMPLES]]

    def _judged(self) -> list[str]:
        return list(self.distinct)[:JUDGED]


def profiles_of(header: list[str], rows: Iterable[RawRow]) -> list[Profile]:
    """Return the profile of each column in these rows."""
    profiles = [Profile(position, name) for position, name in enumerate(header)]
    for row in rows:
        if row.problem:
            continue
        for profile, cell in zip(profiles, row.cells, strict=False):
            profile.rows += 1
            text = cell.strip()
            if not is_empty(text):
                profile.filled += 1
                if len(profile.distinct) < MOST_DISTINCT:
                    profile.distinct.setdefault(text[:400])
    return profiles


def _number(wanted: Field) -> Callable[..., object]:
    return rules.read_whole_number if wanted.type == Type.COUNT else rules.read_amount


def _share(texts: list[str], read: Callable[[str], object]) -> float:
    good = 0
    for text in texts:
        try:
            read(text)
        except Unreadable:
            continue
        good += 1
    return good / len(texts)
