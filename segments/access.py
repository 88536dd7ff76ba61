"""The only way to get at time, past assignments, CSMs, moves, rule sets, rebalances: what is not yours is not there."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.access import customer_for, customers_within, people_within, person_for
from accounts.models import Assignment, Role, User
from accounts.permissions import Reach, reach_of, require
from core.errors import NotAllowed, NotFound
from segments.models import Rebalance, RuleSet, Scenario, TierMove, TierPin, TimeEntry
from segments.queries.capacity.people import csms_seen_by
from segments.queries.placement import csms
from segments.queries.scenarios import scenarios_seen_by


def own_time_entry(user: User, pk: int) -> TimeEntry:
    """Return the person's own entry; raise NotAllowed for another's of a visible customer, NotFound otherwise."""
    entry = TimeEntry.objects.select_related("customer", "person").filter(pk=pk).first()
    if entry is None:
        raise NotFound("There is no such entry.")
    if entry.person_id != user.pk:
        customer_for(user, entry.customer_id)
        raise NotAllowed("Only who gave the time changes the entry.", action="time.log")
    return entry


def past_assignment_for(user: User, pk: int) -> Assignment:
    """Return the CSM's assignment whose hand-over note the person may write: its own, or one it may change."""
    assignment = (
        Assignment.objects.select_related("customer", "person")
        .filter(pk=pk, role=Role.CSM, customer__merged_into=None)
        .first()
    )
    if assignment is None:
        raise NotFound("There is no such assignment.")
    if assignment.person_id != user.pk:
        customer_for(user, assignment.customer_id, "assignment.change")
    return assignment


def csm_to_limit(user: User, pk: int) -> User:
    """Return the CSM whose limits the person may set; raise NotFound otherwise."""
    return person_for(user, pk, "limits.edit")


def csm_to_look_at(user: User, pk: int) -> User:
    """Return the person with a portfolio whose capacity the person may see; raise NotFound otherwise."""
    person = csms_seen_by(user).filter(pk=pk).first()
    if person is None:
        raise NotFound("There is no such CSM.")
    return person


def csm_to_assign(pk: int) -> User:
    """Return the active CSM; raise NotFound where it is none."""
    person = csms().filter(pk=pk).first()
    if person is None:
        raise NotFound("There is no such CSM.")
    return person


def moves_within(user: User, action: str = "customer.view") -> QuerySet[TierMove]:
    """Return the tier moves of customers with which the person may do `action`."""
    return TierMove.objects.filter(customer__in=customers_within(user, action))


def move_for(user: User, pk: int, action: str = "customer.view") -> TierMove:
    """Return the move, if the person may do `action` with its customer; raise as `customer_for` does."""
    move = TierMove.objects.select_related("customer").filter(pk=pk).first()
    if move is None:
        raise NotFound("There is no such move.")
    customer_for(user, move.customer_id, action)
    return move


def rule_set_for(user: User, pk: int, action: str = "rules.view") -> RuleSet:
    """Return the rule set; raise NotAllowed where the person may not do `action`, NotFound where it is not there."""
    require(user, action)
    rule_set = RuleSet.objects.filter(pk=pk).first()
    if rule_set is None:
        raise NotFound("There is no such rule set.")
    return rule_set


def pins_within(user: User, action: str = "customer.view") -> QuerySet[TierPin]:
    """Return the pins of customers with which the person may do `action`."""
    return TierPin.objects.filter(customer__in=customers_within(user, action))


def pin_for(user: User, pk: int, action: str = "tier.pin") -> TierPin:
    """Return the pin, if the person may do `action` with its customer; raise as `customer_for` does."""
    pin = TierPin.objects.select_related("customer").filter(pk=pk).first()
    if pin is None:
        raise NotFound("There is no such pin.")
    customer_for(user, pin.customer_id, action)
    return pin


def moves_for(user: User, pks: Collection[int], action: str = "tier.approve") -> list[TierMove]:
    """Return all these moves in order of id, if the person may do `action` with every customer; raise NotFound."""
    found = list(moves_within(user, action).filter(pk__in=pks).select_related("customer").order_by("pk"))
    if len(found) != len(set(pks)):
        raise NotFound("There is no such move.")
    return found


def rebalances_within(user: User, action: str = "rebalance.propose") -> QuerySet[Rebalance]:
    """Return the rebalances between people on all of whom the person may do `action`."""
    if reach_of(user, action) == Reach.ALL:
        return Rebalance.objects.all()
    reached = list(people_within(user, action).values_list("pk", flat=True))
    return Rebalance.objects.filter(people__contained_by=reached).exclude(people=[])


def rebalance_for(user: User, pk: int, action: str = "rebalance.propose") -> Rebalance:
    """Return the rebalance; raise NotAllowed for who may do `action` with nobody, NotFound where it is not theirs."""
    require(user, action)
    rebalance = rebalances_within(user, action).select_related("created_by", "applied_by", "undone_by").filter(pk=pk)
    found = rebalance.first()
    if found is None:
        raise NotFound("There is no such rebalance.")
    return found


def scenario_for(user: User, pk: int) -> Scenario:
    """Return the person's own scenario, or one that another manager shares; raise NotFound otherwise."""
    require(user, "scenario.edit")
    scenario = scenarios_seen_by(user).filter(pk=pk).first()
    if scenario is None:
        raise NotFound("There is no such scenario.")
    return scenario


def own_scenario(user: User, pk: int) -> Scenario:
    """Return the person's own scenario; raise NotAllowed for one that another manager shares, NotFound otherwise."""
    scenario = scenario_for(user, pk)
    if scenario.owner_id != user.pk:
        raise NotAllowed("Only its owner changes a scenario; copy it to go on from it.", action="scenario.edit")
    return scenario
