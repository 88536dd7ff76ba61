"""Bulk changes: checked customer by customer, told customer by customer, once however often they are sent."""

from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Assignment, Customer, Role, TimelineEntry
from core.models import OutboxEntry
from segments.models import TierTerms
from tests import cast as makers
from workspace import tasks
from workspace.actions import bulk
from workspace.models import BulkJob, BulkResult


def send(client, change, customers=(), **values):
    data = {"page": "customers", "list": "", "change": change, "request_key": str(uuid4()), **values}
    return client.post("/bulk/start/", {**data, "ids": [c.pk for c in customers]})


def outcomes():
    return dict(BulkResult.objects.values_list("customer_id", "outcome"))


def test_moves_customers_and_says_who_could_not(cast, login):
    TierTerms.current()
    unowned = makers.make_customer("Unowned", tier="high")
    tech = makers.make_customer("Small", tier="tech")
    response = send(
        login(cast.manager), "move", [cast.acme, unowned, tech, cast.globex], person=cast.csm.pk, why="New territory"
    )
    job = BulkJob.objects.get()
    assert response.headers["Location"] == f"/bulk/{job.pk}/"
    assert job.state == "done"
    # Acme was there, tech touch has no CSM, Globex is another team's.
    assert outcomes() == {cast.acme.pk: "unchanged", unowned.pk: "done", tech.pk: "refused", cast.globex.pk: "refused"}
    assert Assignment.objects.get(customer=unowned, ends_at=None).person == cast.csm
    assert Assignment.objects.get(customer=cast.globex, ends_at=None).person == cast.other_csm
    refusal = BulkResult.objects.get(customer_id=cast.globex.pk)
    assert (refusal.customer_name, refusal.reason) == ("", "There is no such customer, or you may not see it.")
    page = login(cast.manager).get(f"/bulk/{job.pk}/").content.decode()
    assert "Unowned" in page
    assert "Globex" not in page
    assert "tech-touch" in page


def test_stops_at_the_limit_of_the_portfolio(cast, login):
    TierTerms.current()
    TierTerms.objects.filter(tier="high").update(portfolio_limit=2)
    more = [makers.make_customer(f"High {n}", tier="high") for n in range(3)]
    send(login(cast.manager), "move", more, person=cast.csm.pk)
    assert list(BulkResult.objects.order_by("id").values_list("outcome", flat=True)) == ["done", "refused", "refused"]
    send(login(cast.manager), "move", more, person=cast.csm.pk, override_reason="Until the new CSM starts")
    assert Assignment.objects.filter(person=cast.csm, ends_at=None, over_limit_reason__gt="").count() == 2


def test_tags_and_untags(cast, login):
    client = login(cast.administrator)
    send(client, "tag", [cast.acme, cast.globex], tags="pilot, VIP")
    assert Customer.objects.get(pk=cast.globex.pk).tags == ["pilot", "VIP"]
    send(client, "untag", [cast.acme], tags="vip")
    assert Customer.objects.get(pk=cast.acme.pk).tags == ["pilot"]
    send(client, "tag", [cast.acme], tags="pilot")
    assert BulkResult.objects.latest("id").outcome == "unchanged"
    assert TimelineEntry.objects.filter(customer=cast.globex, actor=cast.administrator).count() == 1


def test_sets_the_stage_and_assigns_a_role(cast, login):
    client = login(cast.manager)
    send(client, "stage", [cast.acme], stage="renewal", why="Talks began")
    assert Customer.objects.get(pk=cast.acme.pk).stage == "renewal"
    send(client, "role", [cast.acme], role="am", person=cast.am.pk)
    assert Assignment.objects.get(customer=cast.acme, role=Role.AM, ends_at=None).person == cast.am
    send(client, "role", [cast.acme], role="dc", person=cast.am.pk)
    assert BulkResult.objects.latest("id").reason == "Am does not hold the role “Deployment consultant”."


def test_one_request_is_one_change_even_sent_twice(cast, login):
    client = login(cast.administrator)
    key = str(uuid4())
    first = send(client, "tag", [cast.acme], tags="once", request_key=key)
    Customer.objects.filter(pk=cast.acme.pk).update(tags=[])
    again = send(client, "tag", [cast.acme], tags="once", request_key=key)
    assert again.headers["Location"] == first.headers["Location"]
    assert BulkJob.objects.count() == 1
    assert Customer.objects.get(pk=cast.acme.pk).tags == []


def test_another_person_may_use_the_same_key(cast, login):
    key = str(uuid4())
    send(login(cast.administrator), "tag", [cast.acme], tags="a", request_key=key)
    send(login(cast.csm), "tag", [cast.acme], tags="b", request_key=key)
    assert Customer.objects.get(pk=cast.acme.pk).tags == ["a", "b"]


def test_a_csm_changes_its_own_and_is_refused_others(cast, login):
    # Seen, because the team's portfolios are open to look at, but another's.
    mate = makers.make_person("mate@company.example", "csm", team=cast.team)
    theirs = makers.make_customer("Theirs", tier="low")
    makers.assign(theirs, mate)
    send(login(cast.csm), "stage", [cast.acme, theirs, cast.globex], stage="churned")
    assert outcomes() == {cast.acme.pk: "done", theirs.pk: "refused", cast.globex.pk: "refused"}
    seen = BulkResult.objects.get(customer_id=theirs.pk)
    assert (seen.customer_name, seen.reason) == ("Theirs", "You may see this customer, but not do this with it.")
    assert Customer.objects.get(pk=theirs.pk).stage == "adoption"


@pytest.mark.parametrize("change", ["move", "role"])
def test_refuses_whose_roles_do_not_allow_the_change(cast, login, change):
    for url in ("/bulk/", "/bulk/start/"):
        response = login(cast.csm).post(url, {"page": "customers", "change": change, "ids": [cast.acme.pk]})
        assert response.status_code == 403
    assert BulkJob.objects.count() == 0


def test_prepares_by_saying_how_many(cast, login):
    page = login(cast.administrator).post(
        "/bulk/", {"page": "customers", "change": "tag", "ids": [cast.acme.pk, cast.globex.pk]}
    )
    assert "2 customers" in page.content.decode()
    everyone = login(cast.csm).post("/bulk/", {"page": "customers", "change": "tag", "list": "sort=name", "all": "1"})
    assert "1 customer<" in everyone.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"ids": []},
        {"ids": ["abc"]},
        {"ids": ["1' OR '1'='1"]},
        {"all": "1", "list": "arr_min=lots"},
        {"all": "1", "list": "q=nobody-is-called-so"},
    ],
)
def test_refuses_a_selection_that_it_cannot_read(cast, login, data):
    response = login(cast.administrator).post("/bulk/", {"page": "customers", "change": "tag", **data})
    assert response.status_code == 422


def test_refuses_more_than_the_bound(cast, login, monkeypatch):
    monkeypatch.setattr("workspace.views.bulk.BULK_LIMIT", 1)
    response = login(cast.administrator).post("/bulk/", {"page": "customers", "change": "tag", "all": "1"})
    assert response.status_code == 422
    assert "narrow the list" in response.content.decode()


def test_asks_again_when_the_list_has_changed_meanwhile(cast, login):
    response = send(login(cast.administrator), "tag", [], tags="x", all="1", expected="7")
    assert response.status_code == 422
    assert "it is 2 customers now" in response.content.decode()
    assert BulkJob.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ("tag", {"tags": ""}),
        ("tag", {"tags": "x" * 100}),
        ("stage", {"stage": "asleep"}),
        ("move", {"person": "999999"}),
        ("role", {"role": "csm", "person": "1"}),
    ],
)
def test_asks_again_for_values_that_cannot_be_set(cast, login, change, values):
    response = send(login(cast.administrator), change, [cast.acme], **values)
    assert response.status_code == 422
    assert BulkJob.objects.count() == 0


def test_leaves_more_than_a_page_to_the_worker_and_shows_progress(cast, login, monkeypatch):
    monkeypatch.setattr("workspace.views.bulk.INLINE_LIMIT", 1)
    monkeypatch.setattr("workspace.actions.bulk.INLINE_LIMIT", 1)
    client = login(cast.administrator)
    send(client, "tag", [cast.acme, cast.globex], tags="later")
    job = BulkJob.objects.get()
    assert (job.state, job.total) == ("queued", 2)
    assert OutboxEntry.objects.filter(kind="workspace.bulk", payload={"job": job.pk}).exists()
    asking = client.get(f"/bulk/{job.pk}/progress/")
    assert "0 of 2" in asking.content.decode()
    assert "HX-Refresh" not in asking.headers
    tasks.change_in_bulk(job.pk)
    assert client.get(f"/bulk/{job.pk}/progress/").headers["HX-Refresh"] == "true"
    assert Customer.objects.filter(tags=["later"]).count() == 2


def test_goes_on_where_a_killed_worker_stopped(cast, login, monkeypatch):
    monkeypatch.setattr("workspace.views.bulk.INLINE_LIMIT", 0)
    send(login(cast.administrator), "tag", [cast.acme, cast.globex], tags="x")
    job = BulkJob.objects.get()

    class Killed(BaseException):
        """A worker's end, which no handler catches."""

    true_change = bulk._change_one

    def die_at_the_second(job, customer_id):
        if BulkResult.objects.exists():
            raise Killed
        true_change(job, customer_id)

    monkeypatch.setattr(bulk, "_change_one", die_at_the_second)
    with pytest.raises(Killed):
        bulk.run_bulk(job.pk)
    monkeypatch.setattr(bulk, "_change_one", true_change)
    assert BulkResult.objects.count() == 1
    bulk.run_bulk(job.pk)
    bulk.run_bulk(job.pk)
    job.refresh_from_db()
    assert (job.state, BulkResult.objects.filter(outcome="done").count()) == ("done", 2)
    assert TimelineEntry.objects.filter(kind="customer.tagged").count() == 2


def test_a_role_taken_away_meanwhile_counts_at_once(cast, login, monkeypatch):
    monkeypatch.setattr("workspace.views.bulk.INLINE_LIMIT", 0)
    send(login(cast.administrator), "tag", [cast.acme], tags="x")
    cast.administrator.role_grants.all().delete()
    bulk.run_bulk(BulkJob.objects.get().pk)
    assert outcomes() == {cast.acme.pk: "refused"}


def test_another_connection_at_the_job_is_left_alone(cast, login, monkeypatch, transactional_db):
    monkeypatch.setattr("workspace.views.bulk.INLINE_LIMIT", 0)
    send(login(cast.administrator), "tag", [cast.acme], tags="x")
    job = BulkJob.objects.get()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('workspace.bulk'), %s)", [job.pk])
            bulk.run_bulk(job.pk)
            assert BulkResult.objects.count() == 0
            cursor.execute("SELECT pg_advisory_unlock(hashtext('workspace.bulk'), %s)", [job.pk])
    finally:
        other.close()
    bulk.run_bulk(job.pk)
    assert BulkResult.objects.count() == 1


def test_nobody_sees_anothers_job(cast, login):
    send(login(cast.administrator), "tag", [cast.acme], tags="x")
    job = BulkJob.objects.get()
    for path in (f"/bulk/{job.pk}/", f"/bulk/{job.pk}/progress/"):
        assert login(cast.manager).get(path).status_code == 404
