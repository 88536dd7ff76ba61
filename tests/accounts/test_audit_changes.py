"""The audit: every write leaves a row that says who, whatever way it came."""

import os
import subprocess
import sys
import threading

import pytest
from celery import shared_task, signals
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import connection
from django.test import Client
from pghistory.models import Context, Events

from accounts.actions.tokens import create_token
from accounts.models import Customer, Role, RoleGrant, User
from core import audit, outbox
from core.models import OutboxEntry
from cs_platform.celery import app
from tests import cast as makers


def last_of(thing) -> dict:
    """Return what the newest event of the row says about its origin."""
    event = Events.objects.tracks(thing).order_by("pgh_created_at", "pgh_id").last()
    return Context.objects.get(pk=event.pgh_context_id).metadata


def rename(customer: Customer, name: str) -> None:
    Customer.objects.filter(pk=customer.pk).update(name=name)


# --- a page -------------------------------------------------------------------------------------
def test_form_leaves_person_and_page(cast, login):
    login(cast.administrator).post(
        f"/people/{cast.csm.pk}/edit/",
        {"name": "Cleo", "email": cast.csm.email, "language": "en", "time_zone": "UTC"},
    )
    said = last_of(cast.csm)
    assert (said["who"], said["url"]) == (cast.administrator.email, f"/people/{cast.csm.pk}/edit/")
    assert said["user"] == cast.administrator.pk


def test_granted_and_revoked_roles_are_kept(cast, login):
    login(cast.administrator).post(f"/people/{cast.csm.pk}/roles/", {"roles": ["am"]})
    events = RoleGrant.pgh_event_models["insert"].objects.filter(user_id=cast.csm.pk).order_by("pgh_id")
    assert [(event.pgh_label, event.role) for event in events][-2:] == [("delete", "csm"), ("insert", "am")]
    assert {event.pgh_context.metadata["who"] for event in list(events)[-2:]} == {cast.administrator.email}


def test_token_leaves_its_person(cast):
    _, text = create_token(person=cast.administrator, name="Sync", scopes=["write"], days=1)
    answer = Client().patch(
        f"/api/v1/customers/{cast.acme.pk}/",
        {"name": "Acme Corp"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert answer.status_code == 200
    said = last_of(cast.acme)
    assert (said["who"], said["token"]) == (cast.administrator.email, "Sync")


def test_bulk_update_leaves_a_row_each(cast):
    with audit.acting(cast.csm.email, url="/customers/bulk/"):
        Customer.objects.update(industry="Steel")
    for customer in (cast.acme, cast.globex):
        assert last_of(customer)["who"] == cast.csm.email


def test_it_stays_readable_when_the_person_has_left(cast, login):
    login(cast.csm).post("/profile/", {"name": "Cleo", "language": "en", "time_zone": "UTC"})
    User.objects.filter(pk=cast.csm.pk).update(is_active=False)
    first = Events.objects.tracks(cast.csm).filter(pgh_data__name="Cleo").order_by("pgh_id").first()
    assert Context.objects.get(pk=first.pgh_context_id).metadata["who"] == cast.csm.email


def test_a_deleted_rows_history_stays(cast):
    person = makers.make_person("short@company.example", Role.CSM)
    pk = person.pk
    person.delete()
    events = User.pgh_event_models["delete"].objects.filter(id=pk).order_by("pgh_id")
    assert [event.pgh_label for event in events] == ["insert", "delete"]
    assert events.last().email == "short@company.example"


def test_passwords_are_not_in_it(cast):
    cast.csm.set_password("another horse battery")
    cast.csm.save()
    fields = {field.name for field in User.pgh_event_models["update"]._meta.get_fields()}
    assert not fields & {"password", "last_login"}


# --- no page ------------------------------------------------------------------------------------
def test_orm_without_a_context_leaves_the_database_user(cast):
    rename(cast.acme, "Acme Two")
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        [database_user] = cursor.fetchone()
    assert last_of(cast.acme) == {"who": f"database user {database_user}"}


def test_plain_sql_leaves_the_database_user(cast):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_customer SET name = 'By hand' WHERE id = %s", [cast.acme.pk])
    assert last_of(cast.acme)["who"].startswith("database user ")


@pytest.mark.django_db(transaction=True)
def test_transaction_after_a_named_one_is_unnamed():
    customer = makers.make_customer("Acme")
    with audit.acting("first"):
        rename(customer, "One")
    assert last_of(customer)["who"] == "first"
    rename(customer, "Two")
    assert last_of(customer)["who"].startswith("database user ")


def test_one_context_inside_another_stands_for_itself(cast):
    with audit.acting("outer"):
        rename(cast.acme, "One")
        with audit.acting("inner", on_behalf_of="ann@acme.example"):
            rename(cast.globex, "Two")
        assert audit.on_whose_behalf() == "outer"
        rename(cast.acme, "Three")
    assert last_of(cast.acme)["who"] == "outer"
    assert last_of(cast.globex) == {"who": "inner", "on_behalf_of": "ann@acme.example"}
    assert audit.on_whose_behalf() == ""


# --- work done later ----------------------------------------------------------------------------
def test_promised_work_leaves_worker_and_person(cast, monkeypatch):
    monkeypatch.setitem(outbox._handlers, "test.rename", lambda payload: rename(cast.acme, payload["name"]))
    with audit.acting(cast.csm.email):
        outbox.enqueue("test.rename", {"name": "Later"})
    assert OutboxEntry.objects.get(kind="test.rename").on_behalf_of == cast.csm.email
    outbox.drain()
    assert last_of(cast.acme) == {"who": "worker", "task": "test.rename", "on_behalf_of": cast.csm.email}


def test_two_promises_in_one_drain_keep_their_persons(cast, monkeypatch):
    targets = {"acme": cast.acme, "globex": cast.globex}
    monkeypatch.setitem(outbox._handlers, "test.rename", lambda payload: rename(targets[payload["which"]], "Later"))
    for which, person in (("acme", cast.csm), ("globex", cast.am)):
        with audit.acting(person.email):
            outbox.enqueue("test.rename", {"which": which})
    with audit.acting("worker", task="core.tasks.drain_outbox"):
        outbox.drain()
    assert last_of(cast.acme)["on_behalf_of"] == cast.csm.email
    assert last_of(cast.globex)["on_behalf_of"] == cast.am.email


@shared_task(name="tests.rename_customer")
def rename_customer(pk: int, name: str) -> None:
    Customer.objects.filter(pk=pk).update(name=name)


def test_task_leaves_worker_and_person(cast):
    app.conf.task_always_eager = True
    try:
        with audit.acting(cast.csm.email):
            rename_customer.delay(cast.acme.pk, "Later")
    finally:
        app.conf.task_always_eager = False
    assert last_of(cast.acme) == {"who": "worker", "task": "tests.rename_customer", "on_behalf_of": cast.csm.email}


@pytest.mark.django_db(transaction=True)
def test_task_in_a_worker_leaves_worker_and_person():
    """The name travels with the message: a real worker reads it from the queue."""
    customer = makers.make_customer("Acme")
    done = threading.Event()

    def note(**_: object) -> None:
        done.set()

    signals.task_postrun.connect(note)
    try:
        with start_worker(app, pool="solo", perform_ping_check=False):
            with audit.acting("ann@company.example"):
                rename_customer.delay(customer.pk, "Later")
            assert done.wait(60)
    finally:
        signals.task_postrun.disconnect(note)
    said = {"who": "worker", "task": "tests.rename_customer", "on_behalf_of": "ann@company.example"}
    assert last_of(customer) == said


def test_task_of_the_clock_leaves_the_worker(cast):
    rename_customer(cast.acme.pk, "Nightly")
    assert last_of(cast.acme) == {"who": "worker", "task": "tests.rename_customer"}


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_command_leaves_its_name():
    """A real `manage.py`, as somebody types it, on the test's own database."""
    person = makers.make_person("boss@company.example")
    where = connection.settings_dict
    url = f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    environment = os.environ | {"TEST_DATABASE_NAME": where["NAME"], "DATABASE_URL": url}
    subprocess.run(
        [sys.executable, "manage.py", "create_administrator", "boss@company.example", "--no-password"],
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
        capture_output=True,
    )
    grant = RoleGrant.objects.get(user=person)
    assert last_of(grant)["who"] == "command create_administrator"
