"""What the customer page's panels of this app show, each in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date

from accounts.models import Assignment, Customer, Role, User
from segments.models import TimeEntry
from segments.queries.allowances import Allowance, allowance_of, company_today, month_of

# In the order in which one looks for somebody to talk to.
ORDER = (Role.CSM, Role.AM, Role.RENEWAL_MANAGER, Role.DC, Role.SUPPORT, Role.AE, Role.SDR)
SHOWN_PAST = 20
SHOWN_ENTRIES = 5
SHOWN_ENTRIES_OF_A_MONTH = 500


@dataclass(frozen=True)
class RoleOwner:
    """One of the seven roles around a customer, with who has it now."""

    role: Role
    assignment: Assignment | None


@dataclass(frozen=True)
class People:
    """Who owns a customer in which role, and who did before."""

    owners: list[RoleOwner]
    past: list[Assignment]
    more_past: bool

    @property
    def csm(self) -> Assignment | None:
        """Return the CSM's assignment."""
        return next(owner.assignment for owner in self.owners if owner.role == Role.CSM)

    @property
    def held(self) -> list[RoleOwner]:
        """Return the roles that somebody has, and the CSM's in any case."""
        return [owner for owner in self.owners if owner.assignment is not None or owner.role == Role.CSM]

    @property
    def vacant(self) -> list[RoleOwner]:
        """Return the other roles."""
        return [owner for owner in self.owners if owner.assignment is None and owner.role != Role.CSM]

    @property
    def last_note(self) -> Assignment | None:
        """Return the past assignment with the newest hand-over note."""
        return next((past for past in self.past if past.handover_note), None)


@dataclass(frozen=True)
class Hours:
    """A customer's month: what was promised and given, and the entries."""

    month: date
    allowance: Allowance
    entries: list[TimeEntry]
    more: bool
    viewer: User

    @property
    def tone(self) -> str:
        """Return how the bar looks: past the promise, nearly used up, or well."""
        if self.allowance.over:
            return "bad"
        return "warn" if (self.allowance.percent or 0) >= 80 else ""


def people_of(customer: Customer) -> People:
    """Return all seven roles with their owners, and the last who had one, in two queries."""
    rows = Assignment.objects.filter(customer=customer).select_related("person")
    held = {row.role: row for row in rows.filter(ends_at=None)}
    past = list(rows.filter(ends_at__isnull=False).order_by("-ends_at", "-pk")[: SHOWN_PAST + 1])
    return People(
        owners=[RoleOwner(role, held.get(role)) for role in ORDER],
        past=past[:SHOWN_PAST],
        more_past=len(past) > SHOWN_PAST,
    )


def hours_of(customer: Customer, viewer: User, *, month: date | None = None, limit: int = SHOWN_ENTRIES) -> Hours:
    """Return the customer's month (by default the one it now is for the company) with its newest entries."""
    first, beyond = month_of(month or company_today())
    entries = TimeEntry.objects.filter(customer=customer, on__gte=first, on__lt=beyond).select_related("person")
    found = list(entries.order_by("-on", "-pk")[: limit + 1])
    return Hours(first, allowance_of(customer, first), found[:limit], len(found) > limit, viewer)


def given_back_by(person: User, *, limit: int = 100) -> list[Assignment]:
    """Return the customers that the person was CSM of, the last given back first, with their hand-over notes."""
    past = Assignment.objects.filter(person=person, role=Role.CSM, ends_at__isnull=False, customer__merged_into=None)
    return list(past.select_related("customer", "ended_by").order_by("-ends_at", "-pk")[:limit])
