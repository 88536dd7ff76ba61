"""How figures are printed: shares that mail providers count in tenths of a percent, and who wants a proposal."""

from types import SimpleNamespace

import pytest
from django.utils import translation

from newsletters.templatetags.newsletters import rate, wanted_by


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0004, "under 0.1%"),
        (0.001, "0.1%"),
        (0.0031, "0.3%"),
        (0.0996, "10%"),
        (0.196, "20%"),
        (1.0, "100%"),
    ],
)
def test_a_small_share_keeps_its_first_decimal(share: float | None, words: str) -> None:
    with translation.override("en"):
        assert rate(share) == words


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 0, 0), "nobody yet"),
        ((1, 1, 0), "1 customer, 1 colleague"),
        ((1200, 0, 7), "1,200 customers, 7 asked in hours"),
        ((0, 2, 0), "2 colleagues"),
    ],
)
def test_who_wants_a_proposal_is_told_without_those_who_are_none(counts: tuple[int, int, int], words: str) -> None:
    proposal = SimpleNamespace(**dict(zip(("customers", "colleagues", "asked_by"), counts, strict=True)))
    with translation.override("en"):
        assert wanted_by(proposal) == words
