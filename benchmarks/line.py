"""What a benchmark tells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement beside its reference, both of the same run and in the same unit.

    `at_most` is the promise: the largest ratio of figure to reference; None where nothing is promised.
    """

    name: str
    figure: float
    unit: str
    reference: float
    reference_name: str
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        """Return how many times the reference the figure is; infinite for a reference of nothing."""
        return self.figure / self.reference if self.reference else float("inf")

    @property
    def is_kept(self) -> bool:
        """Tell whether the promise is kept."""
        return self.at_most is None or self.ratio <= self.at_most

    def __str__(self) -> str:
        promise = "" if self.at_most is None else f" (at most {self.at_most:g}: {'kept' if self.is_kept else 'BROKEN'})"
        return (
            f"{self.name}: {self.figure:,.3g} {self.unit}, "
            f"{self.reference_name} {self.reference:,.3g} {self.unit}, ratio {self.ratio:.2f}{promise}"
        )
