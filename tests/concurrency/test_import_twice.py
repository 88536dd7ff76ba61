"""The same file imported by two processes at one moment, or beside people at work, comes in once."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.actions import imports as actions
from accounts.actions.customers import update_customer
from accounts.imports import running
from accounts.imports.chunks import chunks
from accounts.imports.targets.customers import CustomerTarget
from accounts.models import Customer, ImportJob, TimelineEntry
from tests import cast as makers
from tests.accounts.import_files import csv_bytes, upload
from tests.processes import Together, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROWS = 400


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "chunks", partial(chunks, size=50))


def jobs(header: list[str], rows: list[list[Any]]) -> list[ImportJob]:
    """Return two jobs of the same file, both started."""
    made = [upload("customers", csv_bytes([header, *rows])) for _ in range(2)]
    for job in made:
        actions.start_import(actor=None, job=job)
    return made


def run(job: ImportJob) -> tuple[str, int, int, int]:
    running.run(job.pk)
    job.refresh_from_db()
    return job.state, job.created_count, job.unchanged_count, job.rejected_count


def rows_by_name() -> list[list[Any]]:
    # Without ids no unique constraint stands between the two.
    return [[f"Company {number}", number] for number in range(ROWS)]


@pytest.mark.parametrize("round_number", range(3))
def test_two_imports_of_one_file_bring_each_customer_once(round_number: int) -> None:
    first, second = jobs(["name", "seats"], rows_by_name())
    answers = run_at_once([partial(run, first), partial(run, second)])
    assert {answer[0] for answer in answers} == {ImportJob.State.DONE}
    assert sum(answer[1] for answer in answers) == ROWS
    assert sum(answer[2] for answer in answers) == ROWS
    assert Customer.objects.count() == TimelineEntry.objects.count() == ROWS


def look_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both processes see what is stored before either of them writes."""
    both, apply = Together(2), CustomerTarget.apply
    seen: list[int] = []

    def apply_together(self: CustomerTarget, rows: list[Any]) -> Any:
        outcome = apply(self, rows)
        if self.lock and not seen:
            seen.append(1)
            both.wait()
        return outcome

    monkeypatch.setattr(CustomerTarget, "apply", apply_together)


def test_without_the_lock_two_imports_bring_customers_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both look, see nothing, and add."""
    first, second = jobs(["name", "seats"], rows_by_name())
    monkeypatch.setattr(running, "lock_kind", lambda work: None)
    look_together(monkeypatch)
    run_at_once([partial(run, first), partial(run, second)])
    assert Customer.objects.count() > ROWS


def test_where_the_lock_does_not_reach_the_unique_id_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms and the API take no lock of the imports: their customers meet the constraint, and the rows look again."""
    first, second = jobs(["id", "name"], [[number, f"Company {number}"] for number in range(ROWS)])
    monkeypatch.setattr(running, "lock_kind", lambda work: None)
    look_together(monkeypatch)
    answers = run_at_once([partial(run, first), partial(run, second)])
    assert {(answer[0], answer[3]) for answer in answers} == {(ImportJob.State.DONE, 0)}
    assert sum(answer[1] for answer in answers) == ROWS
    assert Customer.objects.count() == TimelineEntry.objects.count() == ROWS


def test_without_the_second_look_the_loser_would_reject_good_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the constraint alone keeps customers single, but a whole import fails with it."""
    from accounts.imports.targets import storing

    first, second = jobs(["id", "name"], [[number, f"Company {number}"] for number in range(ROWS)])
    monkeypatch.setattr(running, "lock_kind", lambda work: None)
    look_together(monkeypatch)

    def store_once(make_target: Any, rows: list[Any]) -> Any:
        try:
            return storing._store(make_target(), rows)
        except IntegrityError as error:
            raise ZeroDivisionError from error

    monkeypatch.setattr(running, "store", store_once)
    answers = run_at_once([partial(run, first), partial(run, second)])
    assert sorted(answer[0] for answer in answers) == [ImportJob.State.DONE, ImportJob.State.FAILED]


def test_people_and_an_import_at_work_on_the_same_customers_both_get_through() -> None:
    for number in range(ROWS):
        makers.make_customer(f"Company {number}", external_id=str(number), seats=1, country="DE")
    job = upload("customers", csv_bytes([["id", "seats"], *([number, 2] for number in range(ROWS))]))
    actions.start_import(actor=None, job=job)

    def by_hand() -> int:
        # In the other direction, so that both meet in the middle.
        for customer in Customer.objects.order_by("-id"):
            update_customer(actor=None, customer=customer, changes={"country": "FR"})
        return ROWS

    answers = run_at_once([partial(run, job), by_hand])
    assert answers[0][0] == ImportJob.State.DONE
    assert set(Customer.objects.values_list("seats", "country")) == {(2, "FR")}
