"""Working hours, absences and the host ledger."""

from calendars.models.absences import Absence
from calendars.models.hours import CompanyHoliday, SpecialDay, SpecialPeriod, WorkPattern, WorkPeriod
from calendars.models.ledger import Commitment

__all__ = [
    "Absence",
    "Commitment",
    "CompanyHoliday",
    "SpecialDay",
    "SpecialPeriod",
    "WorkPattern",
    "WorkPeriod",
]
