"""A worker killed in the middle of an import, or of its undoing, leaves nothing that the next one does not mend."""

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import imports as actions
from accounts.imports import rejections, running, undoing
from accounts.imports.chunks import chunks
from accounts.imports.targets import storing
from accounts.models import Customer, ImportChange, ImportJob, ImportRejection, TimelineEntry
from tests import cast as makers
from tests.accounts.import_files import csv_bytes, upload
from tests.processes import Together, run_at_once, run_until_killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CHUNK = 20
ROWS = 90


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "chunks", partial(chunks, size=CHUNK))
    monkeypatch.setattr(undoing, "CHUNK", CHUNK)


def content() -> bytes:
    """Return rows of every fate: new, changed, unchanged, rejected, met twice, waiting for a parent."""
    rows: list[list[Any]] = [["id", "name", "seats", "country", "parent"]]
    for number in range(ROWS):
        parent = ROWS - 1 if number == 3 else ""
        rows.append([number, f"Company {number}", "x" if number % 17 == 5 else number, "DE", parent])
    rows.append([7, "Company 7 again", 700, "FR", ""])
    return csv_bytes(rows)


def prepare() -> ImportJob:
    """Return a job that is started, with some customers there already."""
    Customer.objects.all().delete()
    ImportJob.objects.all().delete()
    for number in range(0, ROWS, 10):
        seats = 50 if number == 50 else None
        country = "AT" if number % 20 and number != 50 else "DE"
        makers.make_customer(f"Company {number}", external_id=str(number), country=country, seats=seats)
    job = upload("customers", content())
    actions.start_import(actor=None, job=job)
    return job


def outcome(job: ImportJob) -> dict[str, Any]:
    """Return everything that the import left behind, without ids and moments."""
    job.refresh_from_db()
    facts = ("external_id", "name", "seats", "country", "parent__external_id")
    names = dict(Customer.objects.values_list("pk", "external_id"))
    return {
        "customers": list(Customer.objects.order_by("external_id").values_list(*facts)),
        "told": sorted(TimelineEntry.objects.values_list("customer__external_id", "kind", "summary")),
        "changes": sorted(
            (names.get(change.object_id, ""), change.was_created, str(sorted(change.before)), str(sorted(change.after)))
            for change in ImportChange.objects.all()
        ),
        "rejected": list(ImportRejection.objects.order_by("row_number").values_list("row_number", "problem")),
        "counts": (job.created_count, job.updated_count, job.unchanged_count, job.rejected_count, job.total_rows),
        "state": job.state,
    }


def die_at(module: Any, name: str, time: int, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> None:
    """Let the process be killed when a function of the program is called for so many times, or returns from it."""
    function, calls = getattr(module, name), []

    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == time and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = function(*args, **kwargs)
        if len(calls) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    monkeypatch.setattr(module, name, call)


def age(job: ImportJob) -> None:
    """Let the job look as if its worker had been silent for long."""
    ImportJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))


def run_killed(job: ImportJob, monkeypatch: pytest.MonkeyPatch, *point: Any, after: bool = False) -> None:
    with monkeypatch.context() as patched:
        die_at(*point, patched, after=after)
        assert run_until_killed(lambda: running.run(job.pk)) == -signal.SIGKILL
    age(job)


POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before anything": (running, "survey", 1, False),
    "before the first chunk": (running, "commit_chunk", 1, False),
    "before the way back": (storing, "_keep_for_undo", 2, False),
    "before the story": (storing, "_tell", 3, False),
    "before the rejections": (rejections, "keep", 2, False),
    "before the job moves on": (running, "_count", 3, False),
    "after a commit": (running, "commit_chunk", 2, True),
    "after the last chunk": (running, "commit_chunk", 5, True),
    "among those that waited": (running, "_commit_waiting", 1, False),
    "before the end": (running, "_finish", 1, False),
    "after the end": (running, "_finish", 1, True),
}


@pytest.mark.parametrize("where", POINTS)
def test_a_killed_import_is_resumed_to_the_same_result(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = prepare()
    assert running.run(undisturbed.pk)
    expected = outcome(undisturbed)
    assert expected["counts"] == (76, 9, 1, 5, ROWS + 1)

    job = prepare()
    module, name, time, after = POINTS[where]
    run_killed(job, monkeypatch, module, name, time, after=after)
    running.run(job.pk)
    assert outcome(job) == expected


def test_an_import_killed_again_and_again_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = prepare()
    assert running.run(undisturbed.pk)
    expected = outcome(undisturbed)
    job = prepare()
    for module, name, after in [
        (storing, "_tell", False),
        (running, "commit_chunk", True),
        (rejections, "keep", False),
    ] * 2:
        run_killed(job, monkeypatch, module, name, 1, after=after)
    assert running.run(job.pk)
    assert outcome(job) == expected


@pytest.mark.parametrize(
    ("module", "name", "time", "after"),
    [
        (undoing, "_lock", 2, False),
        (undoing, "_restore", 2, False),
        (undoing, "_remove", 2, False),
        (undoing, "_undo_chunk", 2, True),
        (undoing, "_finish", 1, False),
    ],
)
def test_a_killed_undoing_is_resumed_to_the_same_result(
    module: Any, name: str, time: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare()
    before = outcome(job)
    assert running.run(job.pk)
    actions.undo_import(actor=None, job=job)
    run_killed(job, monkeypatch, module, name, time, after=after)
    running.run(job.pk)
    left = outcome(job)
    assert (left["customers"], left["state"]) == (before["customers"], ImportJob.State.UNDONE)
    assert not undoing.kept(job).exists()
    # Eight customers were changed and put back; each tells both.
    assert len(left["told"]) == 16


def test_without_the_transaction_a_killed_worker_leaves_half_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with each statement committed alone, customers stay for which there is no way back."""
    job = prepare()
    before = outcome(job)["customers"]

    def unlocked(lease: Any) -> ImportJob:
        return ImportJob.objects.get(pk=lease.job_id)

    with monkeypatch.context() as patched:
        patched.setattr(running, "commit_chunk", running.commit_chunk.__wrapped__)
        patched.setattr(running, "fenced", unlocked)
        patched.setattr(storing.transaction, "atomic", lambda *_, **__: nullcontext())
        patched.setattr(storing.tables, "select", partial(without_lock, storing.tables.select))
        die_at(storing, "_keep_for_undo", 2, patched)
        assert run_until_killed(lambda: running.run(job.pk)) == -signal.SIGKILL
    age(job)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert job.created_count < 76
    actions.undo_import(actor=None, job=job)
    assert running.run(job.pk)
    assert len(outcome(job)["customers"]) > len(before)


def without_lock(select: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return select(*args, **{**kwargs, "lock": False})


def take_over(job: ImportJob, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the job in a worker that falls asleep after its first chunk and wakes when another has finished the job."""
    asleep, finished = Together(2), Together(2)
    commit, done = running.commit_chunk, []

    def commit_and_sleep(*args: Any) -> ImportJob:
        moved = commit(*args)
        done.append(1)
        if len(done) == 1:
            asleep.wait()
            finished.wait()
        return moved

    def sleeper() -> bool:
        monkeypatch.setattr(running, "commit_chunk", commit_and_sleep)
        return running.run(job.pk)

    def successor() -> bool:
        asleep.wait()
        age(job)
        answer = running.run(job.pk)
        finished.wait()
        return answer

    assert run_at_once([sleeper, successor])[1] is True


def test_a_worker_that_wakes_after_it_was_taken_over_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = prepare()
    assert running.run(undisturbed.pk)
    expected = outcome(undisturbed)
    job = prepare()
    take_over(job, monkeypatch)
    assert outcome(job) == expected


def test_without_the_fence_a_worker_that_wakes_counts_rows_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a worker that does not look at its number goes on with a job that is done."""
    job = prepare()

    def unfenced(lease: Any) -> ImportJob:
        return ImportJob.objects.select_for_update(of=("self",)).get(pk=lease.job_id)

    monkeypatch.setattr(running, "fenced", unfenced)
    take_over(job, monkeypatch)
    job.refresh_from_db()
    done = job.created_count + job.updated_count + job.unchanged_count + job.rejected_count
    assert done > job.total_rows
