"""A job moves on chunk by chunk, stops when asked, is resumed, and never works for two."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts import tasks
from accounts.actions import imports as actions
from accounts.imports import checking, leases, running
from accounts.imports.chunks import CHUNK_ROWS
from accounts.models import Customer, ImportJob, ImportMapping
from core.errors import Conflict, Invalid
from core.models import OutboxEntry, StoredFile
from tests import cast as makers
from tests.accounts.import_files import counts, csv_bytes, import_rows, start, upload

pytestmark = pytest.mark.django_db

State = ImportJob.State


def many(count: int) -> list[list[str]]:
    return [["id", "name"], *([str(number), f"Company {number}"] for number in range(count))]


@pytest.fixture
def stop_after(monkeypatch: pytest.MonkeyPatch):
    """Return a function that lets something happen after so many chunks are committed."""

    def arrange(chunks: int, happen) -> None:
        commit, done = running.commit_chunk, []

        def commit_and_see(*args):
            job = commit(*args)
            done.append(1)
            if len(done) == chunks:
                happen()
            return job

        monkeypatch.setattr(running, "commit_chunk", commit_and_see)

    return arrange


def fail() -> None:
    raise OperationalError("the connection is gone")


def test_a_job_whose_worker_died_is_resumed_where_it_was(stop_after) -> None:
    job = upload("customers", csv_bytes(many(2_500)))
    actions.start_import(actor=None, job=job)
    stop_after(2, fail)
    with pytest.raises(OperationalError):
        running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job), job.next_row) == (State.RUNNING, (2 * CHUNK_ROWS, 0, 0, 0), 2 * CHUNK_ROWS + 2)
    assert not running.run(job.pk)
    ImportJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert leases.stale_jobs() == [job.pk]
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job)) == (State.DONE, (2_500, 0, 0, 0))
    assert Customer.objects.count() == 2_500


def test_stale_jobs_are_handed_to_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[int] = []
    monkeypatch.setattr(tasks.run_import, "delay", handed.append)
    job = upload("customers", csv_bytes(many(1)))
    assert tasks.resume_stale_imports() == 0
    actions.start_import(actor=None, job=job)
    assert tasks.resume_stale_imports() == 1
    assert handed == [job.pk]


def test_a_job_that_kills_every_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_import, "delay", pytest.fail)
    job = upload("customers", csv_bytes(many(1)))
    ImportJob.objects.filter(pk=job.pk).update(
        state=State.RUNNING, attempt=leases.MOST_ATTEMPTS, heartbeat_at=timezone.now() - timedelta(hours=1)
    )
    assert tasks.resume_stale_imports() == 0
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "was interrupted 20 times" in job.problem


def test_a_worker_that_was_taken_over_writes_nothing_more(stop_after) -> None:
    job = upload("customers", csv_bytes(many(3_000)))
    actions.start_import(actor=None, job=job)
    stop_after(1, lambda: ImportJob.objects.filter(pk=job.pk).update(attempt=9))
    assert not running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job)) == (State.RUNNING, (CHUNK_ROWS, 0, 0, 0))
    assert Customer.objects.count() == CHUNK_ROWS


def test_a_cancelled_import_keeps_what_is_in(stop_after) -> None:
    job = upload("customers", csv_bytes(many(3_000)))
    actions.start_import(actor=None, job=job)
    stop_after(1, lambda: actions.cancel_import(actor=None, job=job, undo=False))
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job)) == (State.CANCELLED, (CHUNK_ROWS, 0, 0, 0))
    actions.continue_import(actor=None, job=job)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job)) == (State.DONE, (3_000, 0, 0, 0))


def test_a_cancelled_import_goes_back_where_asked(stop_after) -> None:
    kim = makers.make_person("kim@company.example", "manager")
    job = upload("customers", csv_bytes(many(3_000)))
    actions.start_import(actor=None, job=job)
    stop_after(2, lambda: actions.cancel_import(actor=kim, job=job, undo=True))
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.undone_by) == (State.UNDONE, kim)
    assert not Customer.objects.exists()


def test_an_import_nobody_has_begun_is_cancelled_at_once() -> None:
    job = upload("customers", csv_bytes(many(3)))
    actions.start_import(actor=None, job=job)
    actions.cancel_import(actor=None, job=job, undo=False)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not running.run(job.pk)


def test_an_error_of_the_program_is_told_and_the_import_can_go_on(monkeypatch: pytest.MonkeyPatch, stop_after) -> None:
    job = upload("customers", csv_bytes(many(1_500)))
    actions.start_import(actor=None, job=job)

    def break_down() -> None:
        raise ZeroDivisionError("oh")

    stop_after(1, break_down)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (
        State.FAILED,
        "An error of the program stopped the import (ZeroDivisionError: oh)",
    )
    actions.continue_import(actor=None, job=job)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, counts(job), job.problem) == (State.DONE, (1_500, 0, 0, 0), "")


def test_a_row_that_only_the_database_refuses_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.imports.targets.subscriptions import SubscriptionTarget

    makers.make_customer("Acme", external_id="A")
    monkeypatch.setattr(SubscriptionTarget, "_read_currencies", lambda self: {"USD", "EUR"})
    rows = [[f"S{number}", "A", "2024-01-01", "5", "EUR" if number == 7 else "USD"] for number in range(40)]
    job = import_rows("subscriptions", [["id", "customer id", "start", "mrr", "currency"], *rows])
    assert counts(job) == (39, 0, 0, 1)
    assert job.rejections.get().row_number == 9
    assert job.rejections.get().problem.startswith("The database refuses it: no exchange rate for EUR")


def test_a_mapping_is_remembered_for_the_same_header() -> None:
    rows = [["ref", "title", "n"], ["1", "Acme", "5"]]
    job = upload("customers", csv_bytes(rows))
    chosen = {"ref": "external_id", "title": "name", "n": "seats"}
    actions.choose_columns(actor=None, job=job, mapping=chosen, options={"empty_cells": "clear"})
    start(job)
    again = upload("customers", csv_bytes([rows[0], ["2", "Beta", "6"]]))
    assert (again.mapping, again.options["empty_cells"], again.options["remembered"]) == (chosen, "clear", True)
    assert ImportMapping.objects.count() == 1
    assert upload("contacts", csv_bytes(rows)).options["remembered"] is False


def test_an_impossible_mapping_is_refused() -> None:
    job = upload("customers", csv_bytes([["id", "name", "title"], ["1", "Acme", "Boss"]]))
    with pytest.raises(Invalid, match="both mapped to “Name”"):
        actions.choose_columns(actor=None, job=job, mapping={"name": "name", "title": "name"}, options={})
    with pytest.raises(Invalid, match="no field “height”"):
        actions.choose_columns(actor=None, job=job, mapping={"name": "height"}, options={})
    actions.choose_columns(actor=None, job=job, mapping={"title": "industry"}, options={})
    with pytest.raises(Invalid, match="No column says who the customers are"):
        actions.start_import(actor=None, job=job)


def test_a_job_is_started_once() -> None:
    job = upload("customers", csv_bytes(many(1)))
    actions.start_import(actor=None, job=job)
    with pytest.raises(Conflict, match="This import is queued by now"):
        actions.start_import(actor=None, job=job)
    assert OutboxEntry.objects.filter(kind=actions.RUN).count() == 1


def test_a_discarded_file_leaves_nothing() -> None:
    job = upload("customers", csv_bytes(many(1)))
    actions.discard_import(actor=None, job=job)
    assert not ImportJob.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_check_of_an_older_mapping_is_not_shown() -> None:
    job = upload("customers", csv_bytes(many(1)))
    old = ImportJob.objects.get(pk=job.pk)
    actions.choose_columns(actor=None, job=job, mapping={"id": "external_id"}, options={})
    seen = checking._if_current(old.pk, old.preview["key"]).update(preview={"wrong": True})
    assert seen == 0
    assert checking.check(job.pk)
    job.refresh_from_db()
    assert job.preview["created"] == 1


def test_the_preview_says_what_the_import_then_does() -> None:
    makers.make_customer("Acme", external_id="1", seats=5)
    makers.make_customer("Same", external_id="2")
    rows = [
        ["id", "name", "seats", "parent", "website"],
        ["1", "Acme", "6", "", ""],
        ["2", "Same", "", "", ""],
        ["3", "New", "1", "9", "new.example"],
        ["4", "Bad", "x", "", ""],
        ["9", "Parent", "1", "", "new.example"],
        ["5", "Orphan", "1", "77", ""],
        ["3", "New again", "2", "9", ""],
    ]
    job = upload("customers", csv_bytes(rows))
    shown = job.preview
    said = tuple(shown[name] for name in ("created", "updated", "unchanged", "rejected"))
    assert [(one["row"], one["column"]) for one in shown["problems"]] == [(5, "seats"), (7, "parent")]
    assert [(one["row"], one["like"], one["by"]) for one in shown["alike"]] == [(6, "row 4", "domain")]
    assert not Customer.objects.filter(external_id="3").exists()
    assert counts(start(job))[2:] == said[2:]
    assert sum(said) == 7


def test_likely_duplicates_are_shown_before_they_come_in() -> None:
    makers.make_customer("Acme Inc", external_id="X", domain="acme.example")
    rows = [["id", "name", "website"], ["1", "Acme", "acme.example"], ["2", "Béta", ""], ["3", "BETA", ""]]
    job = upload("customers", csv_bytes(rows))
    assert [(one["row"], one["like"], one["by"]) for one in job.preview["alike"]] == [
        (4, "row 3", "name"),
        (2, "the customer Acme Inc", "domain"),
    ]
