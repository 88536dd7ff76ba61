"""A bulk change and an export asked twice at one moment, and two workers at one job, in real processes."""

from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Customer, ExportJob, TimelineEntry, User
from tests import cast as makers
from tests.processes import run_at_once
from workspace.actions.bulk import run_bulk, start_bulk
from workspace.actions.exports import start_export
from workspace.lists import read_list
from workspace.models import BulkJob, BulkResult

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crowd() -> SimpleNamespace:
    """Return an administrator and twenty customers."""
    admin = makers.make_person("admin@company.example", "administrator")
    return SimpleNamespace(admin=admin, ids=[makers.make_customer(f"Customer {n}").pk for n in range(20)])


def _ask_bulk(admin: int, ids: list[int], key: object) -> int:
    actor = User.objects.get(pk=admin)
    listing = read_list("customers", actor, {})
    return start_bulk(
        actor=actor, listing=listing, customer_ids=ids, change="tag", values={"tags": ["x"]}, request_key=key
    ).pk


def _ask_export(admin: int) -> int:
    actor = User.objects.get(pk=admin)
    return start_export(actor=actor, listing=read_list("customers", actor, {}), file_format="csv").pk


def test_one_request_sent_by_many_at_once_is_one_job(crowd: SimpleNamespace) -> None:
    key = uuid4()
    jobs = run_at_once([partial(_ask_bulk, crowd.admin.pk, crowd.ids, key)] * 6)
    assert len(set(jobs)) == 1
    assert BulkJob.objects.count() == 1


def test_one_export_asked_by_many_at_once_is_one_job(crowd: SimpleNamespace) -> None:
    assert len(set(run_at_once([partial(_ask_export, crowd.admin.pk)] * 6))) == 1
    assert ExportJob.objects.count() == 1


def test_many_workers_at_one_job_change_every_customer_once(crowd: SimpleNamespace) -> None:
    job = _ask_bulk(crowd.admin.pk, crowd.ids, uuid4())
    run_at_once([partial(run_bulk, job)] * 4)
    run_bulk(job)
    assert BulkResult.objects.filter(job=job, outcome="done").count() == len(crowd.ids)
    assert Customer.objects.filter(tags=["x"]).count() == len(crowd.ids)
    assert TimelineEntry.objects.filter(kind="customer.tagged").count() == len(crowd.ids)


def test_without_the_lock_workers_meet_at_the_same_customer(
    crowd: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control experiment: what the lock prevents does happen without it, and the constraint stops it."""
    job = _ask_bulk(crowd.admin.pk, crowd.ids, uuid4())
    BulkJob.objects.filter(pk=job).update(state="running")
    other = partial(_change_first, job, crowd.ids[0])
    answers = run_at_once([other, other])
    assert sorted(answers) == ["changed", "met"]
    assert BulkResult.objects.filter(job=job).count() == 1
    assert connection.is_usable()


def _change_first(job: int, customer: int) -> str:
    from django.db import IntegrityError

    from workspace.actions.bulk import _change_one

    try:
        _change_one(BulkJob.objects.get(pk=job), customer)
    except IntegrityError:
        return "met"
    return "changed"
