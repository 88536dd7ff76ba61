"""Every address of the product answers every subject as the permission table says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions.line import Line
from tests.permissions.stage import Stage
from tests.permissions.subjects import ANONYMOUS, EVERYBODY
from tests.permissions.table import LINES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def patterns(entries: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str | None, Any]]:
    """Yield route, name and view of every address below."""
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern), entry.name, entry.callback


def is_ours(view: Any) -> bool:
    """Tell whether the view is the product's own, not a library's."""
    module = getattr(view, "cls", view).__module__
    return module.split(".")[0] in {
        "accounts",
        "calendars",
        "segments",
        "newsletters",
        "queues",
        "workspace",
        "demo",
        "cs_platform",
        "core",
    }


ADDRESSES = list(patterns(get_resolver().url_patterns))


@pytest.fixture
def stage(cast) -> Stage:
    return Stage(cast)


@pytest.fixture(autouse=True)
def without_limits(settings) -> None:
    """Let so many knocks from one address be no attack."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MFA_RATE_LIMITS = False
    cache.clear()


def test_every_address_has_a_line():
    listed = {line.name for line in LINES}
    missing = sorted(f"{name}  ({route})" for route, name, _ in ADDRESSES if name not in listed)
    assert not missing, "add a line to tests/permissions/table/ for each of:\n" + "\n".join(missing)


def test_every_line_has_an_address():
    known = {name for _, name, _ in ADDRESSES}
    assert sorted(line.name for line in LINES if line.name not in known) == []


def test_no_method_is_listed_twice():
    listed = [(line.name, method) for line in LINES for method in line.methods.split()]
    assert sorted({pair for pair in listed if listed.count(pair) > 1}) == []


def knock(stage: Stage, line: Line, subject: str, method: str, side: str):
    """Return the answer to one request; whatever it changed is taken back."""
    address = {part: stage.value(name) for part, name in line.named(line.address, side).items()}
    body = {part: stage.value(name) for part, name in line.named(line.data, side).items()}
    with transaction.atomic():
        browser = Client()
        if subject != ANONYMOUS:
            browser.force_login(stage.user(subject))
        options = {"content_type": "application/json"} if line.door == "api" else {}
        data = {} if method == "GET" else {"data": body} if method == "POST" or options else {}
        answer = getattr(browser, method.lower())(reverse(line.name, kwargs=address) + line.query, **data, **options)
        transaction.set_rollback(True)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.name}-{line.methods}")
def test_address_answers_as_the_table_says(stage, line):
    wrong = []
    for side in line.sides():
        for method in line.methods.split():
            for subject in sorted(EVERYBODY):
                answer = knock(stage, line, subject, method, side)
                expected = line.expected(subject, method, side)
                to = answer.headers.get("Location", "")
                if answer.status_code not in expected.statuses or not to.startswith(expected.to):
                    wrong.append(
                        f"{method} {side} {subject}: {answer.status_code} {to}, not {expected.statuses} {expected.to}"
                    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({name for route, name, view in ADDRESSES if is_ours(view) and name}))
def test_address_takes_no_other_method(stage, name):
    lines = [line for line in LINES if line.name == name]
    assert lines, "no line in the table"
    listed = {method for line in lines for method in line.methods.split()}
    subject, side = lines[0].somebody(), lines[0].sides()[0]
    answers = {
        method: knock(stage, lines[0], subject, method, side).status_code for method in METHODS if method not in listed
    }
    assert {method: status for method, status in answers.items() if status not in (404, 405)} == {}
