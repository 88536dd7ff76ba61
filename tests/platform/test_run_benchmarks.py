"""The benchmarks' runner gives each its own empty database and judges by the promise."""

from benchmarks.line import Line


def test_a_line_says_figure_reference_ratio_and_promise() -> None:
    kept = Line("reassign 1,000,000 customers", 15.0, "s", 12.0, "bare SQL", at_most=1.5)
    assert str(kept) == "reassign 1,000,000 customers: 15 s, bare SQL 12 s, ratio 1.25 (at most 1.5: kept)"
    broken = Line("list page", 3.0, "ms", 1.0, "small list", at_most=1.5)
    assert not broken.is_kept
    assert "BROKEN" in str(broken)


def test_no_reference_is_no_promise_kept() -> None:
    assert not Line("anything", 1.0, "s", 0.0, "nothing", at_most=2).is_kept
