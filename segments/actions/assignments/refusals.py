"""The database's refusals as errors that people understand."""

import json

from django.db import IntegrityError

from accounts.models import Tier, User
from core.errors import Conflict
from segments.queries.placement import csms_taking_customers
from segments.queries.portfolios import portfolio_load

WITHIN_LIMIT = "assignment_within_limit"
TECH_TOUCH_FOR_A_REASON = "assignment_tech_touch_for_a_reason"
HAS_ROOM_SHOWN = 5


def refusal_of(error: IntegrityError, person: User) -> Conflict | None:
    """Return the database's refusal as the error that pages and the API show; nothing for another error."""
    report = getattr(error.__cause__, "diag", None)
    constraint = getattr(report, "constraint_name", None)
    if constraint == TECH_TOUCH_FOR_A_REASON:
        return Conflict(
            "A tech-touch customer has no personal CSM; a manager may make an exception for a reason.",
            code="tech_touch",
            field="person",
        )
    if constraint != WITHIN_LIMIT or report is None:
        return None
    facts = json.loads(report.message_detail)
    load = portfolio_load([person])[person.pk][facts["tier"]]
    room = people_with_room(facts["tier"], except_for=person)
    label = Tier(facts["tier"]).label.lower()
    return Conflict(
        f"{person} looks after {load.used} {label} customers and the limit is {load.limit}. {_room_sentence(room)}",
        code="over_limit",
        field="person",
        person={"id": person.pk, "name": str(person)},
        tier=facts["tier"],
        limit=load.limit,
        count=load.used,
        asked=facts["would_hold"] - load.used,
        has_room=room,
    )


def people_with_room(tier: str, *, except_for: User | None = None) -> list[dict]:
    """Return the CSMs with places of this tier left, the most first: id, name and free places (None: no limit)."""
    people = [p for p in csms_taking_customers() if except_for is None or p.pk != except_for.pk]
    load = portfolio_load(people)
    free = [(p, load[p.pk][tier].free) for p in people if load[p.pk][tier].has_room]
    free.sort(key=lambda pair: (pair[1] is not None, -(pair[1] or 0), pair[0].pk))
    return [{"id": person.pk, "name": str(person), "free": places} for person, places in free[:HAS_ROOM_SHOWN]]


def _room_sentence(room: list[dict]) -> str:
    if not room:
        return "No other CSM has room."
    named = ", ".join(
        f"{one['name']} ({'no limit' if one['free'] is None else str(one['free']) + ' free'})" for one in room
    )
    return f"Room: {named}."
