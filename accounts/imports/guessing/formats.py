"""How a column's dates and numbers are written, judged by all of them."""

from collections import Counter
from dataclasses import dataclass, field

from accounts import rules
from accounts.imports.fields import Type
from accounts.imports.values import is_dash, is_empty
from accounts.rules import DateOrder

MOST_REMEMBERED = 20_000
_PLAIN = (DateOrder.YEAR_FIRST, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)


@dataclass
class DateEvidence:
    """Which orders of day and month fit a column's texts."""

    total: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    slashes: int = 0
    example: str = ""
    _seen: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Take one more cell into account; each different text once."""
        if is_empty(text) or is_dash(text) or text in self._seen or len(self._seen) >= MOST_REMEMBERED:
            return
        self._seen.add(text)
        clues = rules.date_clues(text)
        if not clues:
            return
        self.total += 1
        self.slashes += "/" in text
        self.fits.update(clues)
        if {DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST} & clues and len(set(_PLAIN) & clues) < len(_PLAIN):
            self.example = self.example or text

    @property
    def is_ambiguous(self) -> bool:
        """Tell whether day and month could be either in every date so far."""
        return bool(
            self.total
            and self.fits[DateOrder.YEAR_FIRST] < self.total
            and self.fits[DateOrder.DAY_FIRST] == self.fits[DateOrder.MONTH_FIRST] > 0
        )

    def best(self, default: str) -> str:
        """Return the order that most dates fit; `default` where day and month could be either."""
        if not self.total or self.is_ambiguous:
            return default if self.total else DateOrder.YEAR_FIRST
        order = [*_PLAIN, DateOrder.UNIX, DateOrder.SERIAL]
        return max(order, key=lambda one: (self.fits[one], -order.index(one)))


@dataclass
class MarkEvidence:
    """Which decimal marks fit a column's numbers."""

    type: Type
    marked: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    example: str = ""
    _seen: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Take one more cell into account; numbers without any mark say nothing."""
        if is_empty(text) or text in self._seen or len(self._seen) >= MOST_REMEMBERED:
            return
        self._seen.add(text)
        if "." not in text and "," not in text:
            return
        clues = rules.decimal_mark_clues(text)
        if self.type == Type.COUNT and clues == ".,":
            # A count has no fraction, so a mark before three digits groups them.
            clues = "," if "." in text else "."
        if clues:
            self.marked += 1
            self.fits.update(clues)
            self.example = self.example or text

    @property
    def is_ambiguous(self) -> bool:
        """Tell whether the marks could be either in every number so far."""
        return bool(self.marked) and self.fits["."] == self.fits[","]

    def best(self, default: str) -> str:
        """Return the mark that most numbers fit; `default` where it could be either."""
        if not self.marked:
            return "."
        return default if self.is_ambiguous else max(".,", key=lambda mark: self.fits[mark])
