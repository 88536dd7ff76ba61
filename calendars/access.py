"""The only way to get at absences and at the hours of people: what is not yours is not there."""

from django.db.models import QuerySet

from accounts.access import people_within, person_for
from accounts.models import User
from calendars.models import Absence, SpecialDay, WorkPattern
from core.errors import NotFound


def absences_within(user: User, action: str = "absence.edit") -> QuerySet[Absence]:
    """Return the absences of those on whom the person may do `action`."""
    return Absence.objects.filter(person__in=people_within(user, action))


def absence_for(user: User, pk: int, action: str = "absence.edit") -> Absence:
    """Return the absence on which the person may do `action`; raise NotFound otherwise."""
    rows = absences_within(user, action).select_related("person", "cover", "standing_in")
    absence = rows.filter(pk=pk).first()
    if absence is None:
        raise NotFound("There is no such absence.")
    return absence


def pattern_for(user: User, pk: int) -> WorkPattern:
    """Return the working hours that the person may edit; raise NotFound otherwise."""
    pattern = WorkPattern.objects.select_related("person").filter(pk=pk).first()
    if pattern is None:
        raise NotFound("There are no such hours.")
    person_for(user, pattern.person_id, "hours.edit")
    return pattern


def special_day_for(user: User, pk: int) -> SpecialDay:
    """Return the day with other hours that the person may edit; raise NotFound otherwise."""
    day = SpecialDay.objects.select_related("person").filter(pk=pk).first()
    if day is None:
        raise NotFound("There is no such day.")
    person_for(user, day.person_id, "hours.edit")
    return day
