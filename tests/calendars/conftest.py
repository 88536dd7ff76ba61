"""What the tests of calendars share: news caught as it is sent."""

from collections.abc import Iterator
from typing import Any

import pytest

from calendars import signals


class News:
    """What the signals of absences told, as (name, what was sent with it)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def entered(self, **told: Any) -> None:
        self.told.append(("entered", told))

    def given_back(self, **told: Any) -> None:
        self.told.append(("given back", told))

    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    def last(self) -> dict[str, Any]:
        return self.told[-1][1]


@pytest.fixture
def news() -> Iterator[News]:
    """Return what is told while the test runs."""
    caught = News()
    signals.absence_entered.connect(caught.entered)
    signals.absence_given_back.connect(caught.given_back)
    yield caught
    signals.absence_entered.disconnect(caught.entered)
    signals.absence_given_back.disconnect(caught.given_back)
