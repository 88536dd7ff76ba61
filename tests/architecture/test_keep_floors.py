"""An app stands on the floors below it and on nothing else, in its imports and in its tables."""

import subprocess
import sys
from graphlib import TopologicalSorter

import grimp
import pytest
from django.apps import apps
from django.db.models import Model
from django.db.models.fields.related import RelatedField

from tests.architecture.floors import PRODUCT, contract, floor_of

FLOORS = floor_of()
OWN_MODELS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in FLOORS]


def test_every_package_has_a_floor_and_is_watched() -> None:
    packages = {path.parent.name for path in PRODUCT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= set(FLOORS), "name its floor in pyproject.toml"
    assert packages == set(contract()["root_packages"])


@pytest.mark.slow
def test_imports_go_down() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run(['--no-logo'])"]
    done = subprocess.run(command, cwd=PRODUCT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_no_modules_import_one_another_in_a_circle() -> None:
    graph = grimp.build_graph(*contract()["root_packages"], cache_dir=None)
    before = {module: graph.find_modules_directly_imported_by(module) - {module} for module in graph.modules}
    TopologicalSorter(before).prepare()


def related_fields(model: type[Model]) -> list[RelatedField]:
    return [field for field in (*model._meta.fields, *model._meta.many_to_many) if isinstance(field, RelatedField)]


def test_there_are_models_to_look_at() -> None:
    assert len(OWN_MODELS) > 20
    assert sum(len(related_fields(model)) for model in OWN_MODELS) > 30


@pytest.mark.parametrize("model", OWN_MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_go_down(model: type[Model]) -> None:
    own = model._meta.app_label
    for field in related_fields(model):
        other = field.related_model._meta.app_label
        # Django's and other packages' tables lie below every floor.
        below = other == own or other not in FLOORS or FLOORS[other] < FLOORS[own]
        assert below, f"{model._meta.label}.{field.name} points to {field.related_model._meta.label}"
