"""Reads the inputs of some people and works out their figures."""

from collections.abc import Collection
from datetime import date

from segments.capacity.figures import PersonCapacity, TeamCapacity, worked_out
from segments.capacity.inputs import WEEKS
from segments.queries.capacity.inputs import inputs_of


def capacity_of(
    people_ids: Collection[int], *, today: date, first_monday: date | None = None, weeks: int = WEEKS
) -> list[PersonCapacity]:
    """Return the figures of these people by name, in a fixed number of queries; `today` is the company's day."""
    return list(team_capacity(people_ids, today=today, first_monday=first_monday, weeks=weeks).people)


def team_capacity(
    people_ids: Collection[int], *, today: date, first_monday: date | None = None, weeks: int = WEEKS
) -> TeamCapacity:
    """Return the figures of these people with their totals, in a fixed number of queries."""
    return worked_out(inputs_of(people_ids, today=today, first_monday=first_monday, weeks=weeks))
