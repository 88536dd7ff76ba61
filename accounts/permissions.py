"""Who may see and do what: one table of action x role, each with how far it reaches.

Pages, bulk actions, exports and the API all ask here; `manage.py render_permissions` writes the table into the docs.
"""

from enum import IntEnum

from django.http import HttpRequest

from accounts.models import CompanySettings, Role, User
from core.errors import NotAllowed


class Reach(IntEnum):
    """How far a permission reaches; the larger of a person's roles counts."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


OWN, TEAM, ALL = Reach.OWN, Reach.TEAM, Reach.ALL
SDR, AE, SUPPORT, AM, DC = Role.SDR, Role.AE, Role.SUPPORT, Role.AM, Role.DC
CSM, RENEWAL, SPECIALIST, MANAGER, ADMIN = (
    Role.CSM,
    Role.RENEWAL_MANAGER,
    Role.SPECIALIST,
    Role.MANAGER,
    Role.ADMINISTRATOR,
)

# OWN is what a person is assigned to in any role; TEAM what the people of its teams are assigned to (for a manager the
# teams it manages, and customers that no CSM owns); ALL everything.
PERMISSIONS: dict[str, dict[Role, Reach]] = {
    "customer.view": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: ALL,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: ALL,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "customer.edit": {SDR: OWN, AE: OWN, AM: OWN, DC: OWN, CSM: OWN, RENEWAL: OWN, MANAGER: TEAM, ADMIN: ALL},
    "customer.create": {SDR: ALL, AE: ALL, MANAGER: ALL, ADMIN: ALL},
    "customer.merge": {MANAGER: TEAM, ADMIN: ALL},
    "customer.export": {AM: OWN, CSM: OWN, RENEWAL: OWN, SPECIALIST: ALL, MANAGER: TEAM, ADMIN: ALL},
    "customer.import": {MANAGER: ALL, ADMIN: ALL},
    "contact.edit": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: ALL,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "note.add": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: ALL,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: ALL,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "subscription.edit": {AE: OWN, AM: OWN, RENEWAL: OWN, MANAGER: TEAM, ADMIN: ALL},
    "time.log": {SUPPORT: ALL, AM: OWN, DC: OWN, CSM: OWN, RENEWAL: OWN, SPECIALIST: ALL, MANAGER: TEAM, ADMIN: ALL},
    "assignment.change": {MANAGER: TEAM, ADMIN: ALL},
    "assignment.override_limit": {MANAGER: TEAM, ADMIN: ALL},
    "tier.pin": {MANAGER: TEAM, ADMIN: ALL},
    "tier.approve": {MANAGER: TEAM, ADMIN: ALL},
    "tier.reassign": {MANAGER: ALL, ADMIN: ALL},
    "rules.view": {AM: ALL, CSM: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "rules.edit": {MANAGER: ALL, ADMIN: ALL},
    "limits.edit": {MANAGER: TEAM, ADMIN: ALL},
    "portfolio.view": {CSM: OWN, AM: OWN, MANAGER: TEAM, ADMIN: ALL},
    "team.view": {MANAGER: TEAM, ADMIN: ALL},
    "hours.edit": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: OWN,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: OWN,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "absence.edit": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: OWN,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: OWN,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "calendar.view": {
        SDR: OWN,
        AE: OWN,
        SUPPORT: OWN,
        AM: OWN,
        DC: OWN,
        CSM: TEAM,
        RENEWAL: OWN,
        SPECIALIST: TEAM,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "capacity.view": {MANAGER: TEAM, ADMIN: ALL},
    "capacity.settings": {MANAGER: ALL, ADMIN: ALL},
    "scenario.edit": {MANAGER: TEAM, ADMIN: ALL},
    "rebalance.propose": {MANAGER: TEAM, ADMIN: ALL},
    "rebalance.approve": {MANAGER: TEAM, ADMIN: ALL},
    "queue.view": {SUPPORT: ALL, AM: ALL, DC: ALL, CSM: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "queue.host": {CSM: OWN, SPECIALIST: OWN, MANAGER: TEAM, ADMIN: ALL},
    "queue.manage": {MANAGER: ALL, ADMIN: ALL},
    "booking.make": {
        SUPPORT: ALL,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: ALL,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "booking.change": {
        SUPPORT: ALL,
        AM: OWN,
        DC: OWN,
        CSM: OWN,
        RENEWAL: OWN,
        SPECIALIST: ALL,
        MANAGER: TEAM,
        ADMIN: ALL,
    },
    "newsletter.view": {
        SUPPORT: ALL,
        AM: ALL,
        DC: ALL,
        CSM: ALL,
        RENEWAL: ALL,
        SPECIALIST: ALL,
        MANAGER: ALL,
        ADMIN: ALL,
    },
    "newsletter.propose": {SUPPORT: ALL, AM: ALL, DC: ALL, CSM: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "newsletter.edit": {CSM: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "newsletter.approve": {SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "newsletter.send": {SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "newsletter.topics": {SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "newsletter.settings": {MANAGER: ALL, ADMIN: ALL},
    "notice.edit": {CSM: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "notice.publish": {SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "suppression.edit": {SUPPORT: ALL, SPECIALIST: ALL, MANAGER: ALL, ADMIN: ALL},
    "people.manage": {ADMIN: ALL},
    "settings.manage": {ADMIN: ALL},
    "token.create": dict.fromkeys(Role, OWN),
}

# What is done with one customer at a time, so that its page can offer what the person may do with it.
CUSTOMER_ACTIONS = (
    "customer.view",
    "customer.edit",
    "customer.merge",
    "customer.export",
    "contact.edit",
    "note.add",
    "subscription.edit",
    "time.log",
    "assignment.change",
    "assignment.override_limit",
    "tier.pin",
    "tier.approve",
    "booking.make",
    "booking.change",
)


def roles_of(user: User) -> frozenset[str]:
    """Return the roles a person holds; read once per user object."""
    if getattr(user, "_roles", None) is None:
        active_staff = user.is_authenticated and user.is_active and user.kind == User.Kind.STAFF
        user._roles = (  # type: ignore[attr-defined]
            frozenset(user.role_grants.values_list("role", flat=True)) if active_staff else frozenset()
        )
    return user._roles  # type: ignore[attr-defined]


def reach_of(user: User, action: str) -> Reach:
    """Return how far the person may go with this action, the widest of its roles."""
    table = PERMISSIONS[action]
    if not user.is_authenticated:
        return Reach.NONE
    reach = max((table.get(Role(role), Reach.NONE) for role in roles_of(user)), default=Reach.NONE)
    if action == "customer.view" and reach == Reach.OWN and CSM in roles_of(user):
        reach = max(reach, Reach[CompanySettings.current().csm_sees.upper()])
    return reach


def may(user: User, action: str) -> bool:
    """Tell whether the person may do this with anything at all."""
    return reach_of(user, action) > Reach.NONE


def require(user: User, action: str) -> None:
    """Return nothing where the person may do this at all; raise NotAllowed otherwise."""
    if not may(user, action):
        raise NotAllowed("Your roles do not allow this.", code="not_allowed", action=action)


def staff_of(request: HttpRequest) -> User:
    """Return the logged-in member of staff; raise NotAllowed for a contact."""
    user = request.user
    if not isinstance(user, User) or user.kind != User.Kind.STAFF:
        raise NotAllowed("This page is for the company's staff.")
    return user
