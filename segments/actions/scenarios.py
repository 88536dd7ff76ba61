"""Scenarios kept under a name: saved, renamed, shared, copied and deleted; nothing of the company changes."""

import itertools
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import require
from core.errors import Conflict, Invalid, NotAllowed
from core.transactions import repeated_transaction
from segments.models import Scenario
from segments.queries.scenarios import csms_to_change
from segments.scenarios.changes import Changes, to_json
from segments.scenarios.reading import read_changes

MAX_NAME = 80
MAX_NOTE = 300
# A list that nobody reads any more is a list without use.
MOST_SCENARIOS = 200


@repeated_transaction
def create_scenario(*, actor: User, name: str, changes: Changes, note: str = "", is_shared: bool = False) -> Scenario:
    """Return a new scenario of the actor's; raise Invalid for a name that it has used or a person it may not change."""
    require(actor, "scenario.edit")
    _check_people(actor, changes)
    # The owner's row is locked, so that two at once count one another.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if Scenario.objects.filter(owner=actor).count() >= MOST_SCENARIOS:
        raise Conflict(f"You have {MOST_SCENARIOS} scenarios; delete one first.", code="too_many_scenarios")
    scenario = Scenario(owner=actor, name=_name(name), note=_note(note), changes=to_json(changes), is_shared=is_shared)
    return _saved(scenario)


@repeated_transaction
def save_scenario(
    *,
    actor: User,
    scenario: Scenario,
    name: str,
    note: str,
    is_shared: bool,
    changes: Changes | None = None,
    expected: datetime | None = None,
) -> Scenario:
    """Return the scenario with these words and changes; None leaves the changes as they are.

    Raises Conflict where it has changed since `expected`, Invalid for a name that is used or a person it may not be
    about.
    """
    require(actor, "scenario.edit")
    scenario = Scenario.objects.select_for_update().get(pk=scenario.pk)
    if scenario.owner_id != actor.pk:
        raise NotAllowed("Only its owner changes a scenario.", action="scenario.edit")
    if expected is not None and scenario.updated_at != expected:
        raise Conflict("You have changed this scenario elsewhere meanwhile; open it again.", code="changed_since")
    scenario.name, scenario.note, scenario.is_shared = _name(name), _note(note), is_shared
    if changes is not None:
        _check_people(actor, changes)
        scenario.changes = to_json(changes)
    return _saved(scenario)


@repeated_transaction
def copy_scenario(*, actor: User, scenario: Scenario) -> tuple[Scenario, bool]:
    """Return a copy of the actor's own, and whether changes about people whom it may not change were left out."""
    changes = read_changes(scenario.changes)
    kept = changes.only_about(set(csms_to_change(actor).values_list("pk", flat=True)))
    taken = set(Scenario.objects.filter(owner=actor).values_list("name", flat=True))
    copy = create_scenario(actor=actor, name=_free_name(scenario.name, taken), note=scenario.note, changes=kept)
    return copy, kept != changes


@repeated_transaction
def delete_scenario(*, actor: User, scenario: Scenario) -> None:
    """Delete the actor's own scenario."""
    require(actor, "scenario.edit")
    if scenario.owner_id != actor.pk:
        raise NotAllowed("Only its owner deletes a scenario.", action="scenario.edit")
    scenario.delete()


def _saved(scenario: Scenario) -> Scenario:
    try:
        with transaction.atomic():
            scenario.save()
    except IntegrityError as error:
        raise Invalid("You have a scenario of this name already.", code="name_used", field="name") from error
    return scenario


def _check_people(actor: User, changes: Changes) -> None:
    mine = csms_to_change(actor).filter(pk__in=changes.people_ids).values_list("pk", flat=True)
    if changes.people_ids - set(mine):
        raise Invalid("One of the people is not a CSM of your teams.", code="no_such_person", field="people")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid(f"Give the scenario a name of at most {MAX_NAME} letters.", field="name")
    return name


def _note(note: str) -> str:
    note = note.strip()
    if len(note) > MAX_NOTE or "\x00" in note:
        raise Invalid(f"A note has at most {MAX_NOTE} letters.", field="note")
    return note


def _free_name(name: str, taken: Collection[str]) -> str:
    names = (f"{name[:60]} ({'copy' if number == 1 else f'copy {number}'})" for number in itertools.count(1))
    return next(free for free in names if free not in taken)
