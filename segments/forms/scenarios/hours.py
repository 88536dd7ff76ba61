"""Hours in fields, which are minutes everywhere else."""

from decimal import Decimal

from django import forms

from segments.scenarios.values import MOST_MINUTES

AN_HOUR = 60


def hours_field(label: str) -> forms.DecimalField:
    """Return a field of hours that may stay empty."""
    return forms.DecimalField(
        min_value=0,
        max_value=MOST_MINUTES // AN_HOUR,
        decimal_places=2,
        required=False,
        label=label,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def hours_of(minutes: int | None) -> Decimal | int | None:
    """Return the hours in these minutes, as a field shows them."""
    return None if minutes is None else plain(round(Decimal(minutes) / AN_HOUR, 2))


def minutes_of(hours: Decimal | int | None) -> int | None:
    """Return the minutes in these hours."""
    return None if hours is None else round(hours * AN_HOUR)


def plain(number: Decimal | None) -> Decimal | int | None:
    """Return a whole number as one, so that a field shows 60000 and not 60000.00."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else number.normalize()
