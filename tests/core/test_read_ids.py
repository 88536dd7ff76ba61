"""Ids in addresses and forms are read whatever stands there."""

import pytest

from core.batches import batches
from core.errors import Invalid
from core.ids import read_id, read_ids


@pytest.mark.parametrize("text", [None, "", "x", "-1", "1.0", " 1", "²", "٣", "9" * 19, "9" * 5000])
def test_what_can_be_no_id_is_none(text: str | None) -> None:
    assert read_id(text) is None


def test_an_id_is_its_number() -> None:
    assert [read_id("0"), read_id("7"), read_id("9" * 18)] == [0, 7, 10**18 - 1]


def test_a_selection_is_read_whole_or_not_at_all() -> None:
    assert read_ids(["3", "1", "3"]) == [3, 1]
    assert read_ids([]) == []
    with pytest.raises(Invalid) as refusal:
        read_ids(["3", "²"])
    assert refusal.value.code == "bad_selection"


def test_rows_come_in_portions() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
