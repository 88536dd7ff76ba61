"""What the roles make of the things of one customer or one person, and how those things are named."""

from tests.permissions.line import Of
from tests.permissions.subjects import (
    ADMIN,
    AE,
    AM,
    CSM,
    DC,
    MANAGER,
    OTHER_CSM,
    OWNERS,
    RENEWAL,
    SDR,
    SPECIALIST,
    SUPPORT,
)

SEES_ACME = OWNERS | {SPECIALIST, MANAGER, ADMIN}
SEES_GLOBEX = {SUPPORT, SPECIALIST, OTHER_CSM, ADMIN}


def of(acme: set[str] | frozenset[str], globex: set[str] | frozenset[str]) -> Of:
    """Return who may, with everybody who sees the customers."""
    return Of(acme, globex, SEES_ACME, SEES_GLOBEX)


SEES = of(SEES_ACME, SEES_GLOBEX)
EDITS = of({SDR, AE, AM, DC, CSM, RENEWAL, MANAGER, ADMIN}, {OTHER_CSM, ADMIN})
EDITS_CONTACTS = of(OWNERS | {MANAGER, ADMIN}, {SUPPORT, OTHER_CSM, ADMIN})
EDITS_SUBSCRIPTIONS = of({AE, AM, RENEWAL, MANAGER, ADMIN}, {ADMIN})
STEERS = of({MANAGER, ADMIN}, {ADMIN})
STEERS_PEOPLE = Of({MANAGER, ADMIN}, {ADMIN})
CUSTOMER = {"pk": ("acme", "globex")}
