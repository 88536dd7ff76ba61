"""Addresses of the lists of customers behind the figures; the filters are the list's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

CUSTOMERS = "/customers/"
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Links:
    """The lists that the page leads to; `stages` are those of customers served, `days` those without a word."""

    stages: tuple[str, ...]
    days: int

    @property
    def served(self) -> str:
        """Return the address of all customers served."""
        return self._list()

    @property
    def without_csm(self) -> str:
        """Return the address of those without a CSM."""
        return self._list(("csm", "none"))

    @property
    def spoken_with(self) -> str:
        """Return the address of those without a CSM with whom somebody spoke all the same."""
        return self._list(("csm", "none"), ("spoken", str(self.days)))

    @property
    def left_alone(self) -> str:
        """Return the address of those without a CSM with whom nobody spoke."""
        return self.left_alone_of(())

    def without_csm_of(self, filters: Pairs) -> str:
        """Return the address of a part of those without a CSM."""
        return self._list(("csm", "none"), *filters)

    def left_alone_of(self, filters: Pairs) -> str:
        """Return the address of a part of those with whom nobody spoke."""
        return self._list(("csm", "none"), ("quiet", str(self.days)), *filters)

    def _list(self, *filters: tuple[str, str]) -> str:
        # The biggest first: they are what a manager wants to look at.
        pairs = [*filters, *(("stage", stage) for stage in self.stages), ("sort", "-arr")]
        return f"{CUSTOMERS}?{urlencode(pairs)}"
