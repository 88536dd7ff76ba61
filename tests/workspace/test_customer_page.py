"""The customer page: panels, notes, timeline; the same number of queries however much there is."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import actions_with, customers_within
from accounts.models import CompanySettings, Customer, CustomField, DuplicatePair, Role, TimelineEntry
from accounts.permissions import CUSTOMER_ACTIONS
from segments.models import TierMove, TierTerms, TimeEntry
from tests import cast as makers
from workspace.panels import Panel, Visit, panels_for, register
from workspace.panels import _panels as registry


def page_of(client, customer):
    response = client.get(f"/customers/{customer.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def note(client, customer, **data):
    return client.post(
        f"/customers/{customer.pk}/notes/",
        {"text": "Spoke with Ann", "kind": "note.call", "request_key": str(uuid4()), **data},
    )


def test_tells_all_that_is_known(cast, login):
    CustomField.objects.create(key="health", label="Health", type="choice", choices=["Green"])
    Customer.objects.filter(pk=cast.acme.pk).update(custom={"health": "Green"}, tags=["pilot"], is_brand=True)
    makers.make_subscription(cast.acme, 1000, edition="Enterprise")
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=timezone.localdate(), minutes=45, note="Kick-off")
    TierMove.objects.create(
        customer=cast.acme,
        to_tier="high",
        status="applied",
        reason="rule",
        why="ARR is above 10,000",
        created_at=timezone.now(),
    )
    page = page_of(login(cast.csm), cast.acme)
    for text in ("Green", "pilot", "Enterprise", "Kick-off", "ARR is above 10,000", "ann@acme.example", "$12,000"):
        assert text in page


def test_takes_the_same_queries_however_much_there_is(cast, login, django_assert_num_queries):
    TierTerms.current()
    CompanySettings.current()
    client = login(cast.csm)
    child = makers.make_customer("Child", parent=cast.acme)
    makers.assign(child, cast.csm, "am")

    def fill(count):
        for number in range(count):
            makers.make_contact(cast.acme, f"c{count}-{number}@acme.example")
            makers.make_subscription(cast.acme, 5, starts_on=date(2025, 1, 1) + timedelta(days=number))
            TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=date(2026, 1, 1), minutes=5)
            TierMove.objects.create(
                customer=cast.acme, to_tier="high", status="applied", reason="rule", created_at=timezone.now()
            )
            note(client, cast.acme, text=f"Note {number}")

    fill(2)
    page_of(client, cast.acme)
    with CaptureQueriesContext(connection) as few:
        page_of(client, cast.acme)
    few_queries = len(few)
    fill(60)
    with django_assert_num_queries(few_queries):
        page_of(client, cast.acme)


def test_offers_only_what_the_person_may_do(cast, login):
    mate = makers.make_person("mate@company.example", "csm", team=cast.team)
    page = page_of(login(mate), cast.acme)
    assert "Read-only" in page
    assert "/notes/" not in page
    assert note(login(mate), cast.acme).status_code == 403
    assert "Read-only" not in page_of(login(cast.csm), cast.acme)


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_learns_all_that_one_may_do_as_each_action_alone_says(cast, role):
    person = getattr(cast, role)
    for customer in (cast.acme, cast.globex, makers.make_customer("Unowned")):
        alone = {
            action for action in CUSTOMER_ACTIONS if customers_within(person, action).filter(pk=customer.pk).exists()
        }
        assert actions_with(person, customer) == alone


def test_writes_a_note_once(cast, login):
    client = login(cast.csm)
    key = str(uuid4())
    assert note(client, cast.acme, request_key=key).headers["Location"] == f"/customers/{cast.acme.pk}/#timeline"
    note(client, cast.acme, request_key=key)
    entry = TimelineEntry.objects.get(customer=cast.acme)
    assert (entry.kind, entry.summary, entry.actor, entry.actor_name) == (
        "note.call",
        "Spoke with Ann",
        cast.csm,
        "Csm",
    )


def test_keeps_a_long_note_whole(cast, login):
    text = "First line\n" + "<b>long</b> " * 500
    note(login(cast.csm), cast.acme, text=text)
    entry = TimelineEntry.objects.get(customer=cast.acme)
    assert entry.summary == "First line"
    assert entry.data["text"] == text.strip()
    assert "&lt;b&gt;long&lt;/b&gt;" in page_of(login(cast.csm), cast.acme)


@pytest.mark.parametrize(
    "data", [{"text": "   "}, {"text": "x" * 10_001}, {"kind": "tier.moved"}, {"request_key": "no"}, {"text": "a\x00b"}]
)
def test_gives_a_note_back_that_cannot_be_kept(cast, login, data):
    response = note(login(cast.csm), cast.acme, **data)
    assert response.status_code == 422
    assert TimelineEntry.objects.count() == 0
    if "kind" in data:
        assert "Spoke with Ann" in response.content.decode()


def test_pages_and_filters_the_timeline(cast, login):
    client = login(cast.csm)
    for number in range(25):
        note(client, cast.acme, text=f"Talk {number:02}")
    TimelineEntry.objects.create(customer=cast.acme, at=timezone.now(), kind="tier.moved", summary="Moved up")
    first = client.get(f"/customers/{cast.acme.pk}/timeline/", headers={"HX-Request": "true"}).content.decode()
    assert "Moved up" in first
    assert "Talk 24" in first
    assert "Talk 00" not in first
    address = first.split('id="story-more"')[1].split('hx-get="')[1].split('"')[0]
    more = client.get(address, headers={"HX-Request": "true", "HX-Target": "story-more"}).content.decode()
    assert "Talk 00" in more
    assert "Talk 24" not in more
    only = client.get(f"/customers/{cast.acme.pk}/timeline/?kind=tier").content.decode()
    assert "Moved up" in only
    assert "Talk" not in only
    assert client.get(f"/customers/{cast.acme.pk}/timeline/?after=nonsense").status_code == 422


def test_leads_from_a_merged_customer_to_the_one_kept(cast, login):
    merged = makers.make_customer("Acme Inc", merged_into=cast.acme)
    older = makers.make_customer("Acme Old", merged_into=merged)
    for gone in (merged, older):
        assert login(cast.csm).get(f"/customers/{gone.pk}/").headers["Location"] == f"/customers/{cast.acme.pk}/"
        assert login(cast.other_csm).get(f"/customers/{gone.pk}/").status_code == 404


def test_names_no_relative_or_double_that_one_may_not_see(cast, login):
    Customer.objects.filter(pk=cast.acme.pk).update(parent=cast.globex)
    first, second = sorted([cast.acme.pk, cast.globex.pk])
    DuplicatePair.objects.create(first_id=first, second_id=second, score=0.9, reason="Same domain")
    assert "Globex" not in page_of(login(cast.csm), cast.acme)
    page = page_of(login(cast.administrator), cast.acme)
    assert "Same domain" in page
    assert "Part of" in page


def test_shows_panels_that_other_apps_register(cast, monkeypatch):
    monkeypatch.setitem(registry, "nothing", Panel("nothing", "Nothing", "x.html", lambda visit: None, 1))
    register(Panel("secret", "Secret", "x.html", lambda visit: {"of": visit.customer}, 2, action="customer.merge"))
    try:
        shown = panels_for(Visit(cast.csm, cast.acme, frozenset({"customer.view"})))
        assert {"nothing", "secret"}.isdisjoint({one.panel.name for one in shown})
        shown = panels_for(Visit(cast.manager, cast.acme, frozenset({"customer.view", "customer.merge"})))
        assert next(one.data for one in shown if one.panel.name == "secret") == {"of": cast.acme}
    finally:
        registry.pop("secret")
