"""Making a test database changes a model's options in place, and they are those that Django would have built anew."""

import pytest
from django.db import models
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel, RemoveConstraint, RemoveIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tests.quick_migrations import LISTS, options_changed_in_place

BY_NAME = models.Index(fields=["name"], name="cup_by_name")
HAS_NAME = models.CheckConstraint(condition=~models.Q(name=""), name="cup_has_name")
STEPS: list[list[Operation]] = [
    [AddIndex("Cup", BY_NAME)],
    [AddConstraint("Cup", HAS_NAME)],
    [AddIndex("Cup", BY_NAME), AddConstraint("Cup", HAS_NAME)],
    [AddIndex("Cup", BY_NAME), RemoveIndex("Cup", "cup_by_name")],
    [AddConstraint("Cup", HAS_NAME), AddIndex("Cup", BY_NAME), RemoveConstraint("Cup", "cup_has_name")],
]


def built() -> ProjectState:
    """Return a state whose one model is built."""
    state = ProjectState()
    CreateModel("Cup", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]).state_forwards(
        "kitchen", state
    )
    assert state.apps.get_model("kitchen", "Cup")
    return state


@pytest.mark.parametrize("steps", STEPS)
def test_options_are_those_of_a_model_built_anew(steps: list[Operation]) -> None:
    mine, djangos = built(), built()
    cup = mine.apps.get_model("kitchen", "Cup")
    for step in steps:
        step.state_forwards("kitchen", djangos)
        with options_changed_in_place():
            step.state_forwards("kitchen", mine)
    assert mine.models == djangos.models
    assert mine.apps.get_model("kitchen", "Cup") is cup
    other = djangos.apps.get_model("kitchen", "Cup")
    assert other is not cup
    for name in LISTS:
        assert getattr(cup._meta, name, []) == getattr(other._meta, name, [])


def test_django_is_left_as_it_was() -> None:
    before = AddIndex.state_forwards
    with options_changed_in_place():
        assert AddIndex.state_forwards is not before
    assert AddIndex.state_forwards is before
