"""The page that answers "do we need a one-to-many team?": its figures, its links, its settings."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions.timeline import add_note
from accounts.models import Customer, Role
from segments.actions.snapshots import take_snapshots
from segments.models import CapacitySettings, CapacitySnapshot, TimeEntry
from segments.one_to_many import contacts, formats
from segments.queries.allowances import company_today
from segments.queries.one_to_many import need_of
from tests import cast as makers

pytestmark = pytest.mark.django_db

SETTINGS = {
    "days_without_contact": "90",
    "attention_minutes": "60",
    "webinar_seats": "40",
    "webinar_minutes": "4:00",
    "webinar_share": "60",
}


@pytest.fixture
def crowd(cast):
    """Return customers without a CSM: three left alone, one spoken with, and three who don't count."""
    tech = {"tier": "tech", "mrr": 100, "language": "de", "country": "DE"}
    names = ("Alone", "Lone", "Sole")
    cast.alone = [makers.make_customer(name, **tech | ({"language": ""} if name == "Sole" else {})) for name in names]
    cast.called = makers.make_customer("Called", **tech)
    log(cast.called, cast.support, 10)
    makers.make_customer("A lead", stage="lead", **tech)
    makers.make_customer("On trial", stage="trial", **tech)
    makers.make_customer("Gone", stage="churned", **tech)
    return cast


def log(customer, person, days_ago, activity="call"):
    day = company_today() - timedelta(days=days_ago)
    TimeEntry.objects.create(customer=customer, person=person, on=day, minutes=30, activity=activity)


def current():
    return need_of(CapacitySettings.current())


def names_at(client, address):
    """Return the customers' names that a list shows at this address."""
    page = client.get(unescape(address))
    return sorted(row.customer.name for row in page.context["page"].rows)


def test_it_counts_who_has_nobody_and_who_was_left_alone(crowd):
    standing = current().standing
    assert (standing.served.customers, standing.without_csm.customers) == (6, 4)
    assert (standing.left_alone.customers, standing.left_alone.arr) == (3, 3_600)
    assert standing.spoken_with.customers == 1
    assert current().attention == 3 * 60


def test_only_words_both_ways_are_contact(crowd):
    one, two, three = crowd.alone
    log(one, crowd.support, 5, "preparation")
    log(two, crowd.support, 91, "call")
    add_note(actor=crowd.administrator, customer=three, text="They moved office")
    assert current().standing.left_alone.customers == 3
    add_note(actor=crowd.administrator, customer=three, text="Spoke about seats", kind="note.call")
    log(two, crowd.support, 90, "training")
    assert current().standing.left_alone.customers == 1


def test_another_app_adds_its_contacts(crowd):
    reached = Customer.objects.filter(pk=crowd.alone[0].pk)
    contacts.register(
        contacts.ContactSource("visits", "Visits", lambda since: reached, lambda ids: {}, customer="pk"),
    )
    try:
        need = current()
    finally:
        contacts.forget("visits")
    assert need.standing.reached["Visits"] == 1
    assert need.standing.left_alone.customers == 2


def test_every_figure_leads_to_its_customers(crowd, login):
    client = login(crowd.administrator)
    context = client.get(reverse("one_to_many")).context
    links = context["links"]
    assert names_at(client, links.served) == ["Acme", "Alone", "Called", "Globex", "Lone", "Sole"]
    assert names_at(client, links.without_csm) == ["Alone", "Called", "Lone", "Sole"]
    assert names_at(client, links.spoken_with) == ["Called"]
    assert names_at(client, links.left_alone) == ["Alone", "Lone", "Sole"]
    tables = {title: rows for half in context["groups"] for title, _, rows in half}
    assert set(tables) == {"By tier", "By region", "By language"}
    for rows in tables.values():
        for row in rows:
            assert len(names_at(client, row.left_alone_url)) == row.line.left_alone.customers
            assert len(names_at(client, row.without_csm_url)) == row.line.without_csm.customers
    languages = {row.line.label: row.left_alone_url for row in tables["By language"]}
    assert names_at(client, languages["German"]) == ["Alone", "Lone"]
    assert names_at(client, languages["Not known"]) == ["Sole"]


def test_the_links_of_the_page_are_those_of_its_figures(crowd, login):
    page = login(crowd.manager).get(reverse("one_to_many")).content.decode()
    lists = {unescape(found) for found in re.findall(r'href="(/customers/\?[^"]+)"', page)}
    client = login(crowd.manager)
    assert lists
    for address in lists:
        assert client.get(address).status_code == 200


def test_it_says_which_languages_nobody_speaks(crowd):
    crowd.specialist.spoken_languages = ["de-AT", "en"]
    crowd.specialist.save()
    spoken = {line.label: line.speakers for line in current().standing.languages}
    assert spoken == {"German": 1, "Not known": None}


def test_specialists_and_csms_count_once(crowd):
    both = makers.make_person("both@company.example", Role.CSM, Role.SPECIALIST)
    need = current()
    assert {one.person for one in need.specialists} == {crowd.specialist, both}
    assert need.csms.people == 2
    # A person without a pattern of its own works 8 hours a day, five days a week.
    assert need.specialists[0].free == 13 * 40 * 60
    assert need.specialists[0].spare == 13 * 40 * 60 * 75 // 100


def test_a_portfolio_takes_its_hours_from_a_csm(cast):
    before = current().csms.minutes
    for number in range(3):
        makers.assign(makers.make_customer(f"High {number}", tier="high"), cast.csm)
    assert current().csms.minutes < before


def test_a_company_without_customers_hears_how_to_begin(cast, login):
    Customer.objects.update(stage="lead")
    page = login(cast.administrator).get(reverse("one_to_many"))
    assert "No customers to look at yet" in page.content.decode()


def test_it_says_yes_where_nobody_has_the_hours(crowd, login):
    crowd.specialist.role_grants.all().delete()
    CapacitySettings.objects.update_or_create(pk=1, defaults={"attention_minutes": 20_000, "utilisation_target": 1})
    page = login(crowd.manager).get(reverse("one_to_many")).content.decode()
    assert "<strong>Yes:</strong>" in page


def test_it_says_not_yet_where_csms_can_spare_the_hours(crowd, login):
    crowd.specialist.role_grants.all().delete()
    page = login(crowd.manager).get(reverse("one_to_many")).content.decode()
    assert "<strong>Not yet:</strong>" in page
    assert "fit into the" in page


def test_formats_are_missing_until_somebody_has_them(crowd):
    assert {one.format.name for one in current().missing_formats} >= {"videos", "newsletters"}
    videos = next(one for one in formats.formats() if one.name == "videos")
    formats.register(formats.Format("videos", "Educational videos", count=lambda: 3))
    try:
        CapacitySettings.objects.filter(pk=1).update(formats_elsewhere=["newsletters"])
        need = current()
    finally:
        formats.register(videos)
    assert not {"videos", "newsletters"} & {one.format.name for one in need.missing_formats}
    assert next(one for one in need.formats if one.format.name == "videos").format.what == videos.what


def test_settings_are_tried_without_being_saved(crowd, login):
    client = login(crowd.manager)
    response = client.post(reverse("one_to_many"), SETTINGS | {"attention_minutes": "2:00", "try": "1"})
    page = client.get(response.url)
    assert "Nothing is saved yet" in page.content.decode()
    assert page.context["need"].attention == 3 * 120
    assert current().attention == 3 * 60


def test_settings_are_saved(crowd, login):
    client = login(crowd.manager)
    sent = SETTINGS | {"days_without_contact": "5", "formats_elsewhere": ["videos", "webinars"], "save": "1"}
    assert client.post(reverse("one_to_many"), sent).status_code == 302
    saved = CapacitySettings.current()
    assert saved.days_without_contact == 5
    assert saved.webinar_minutes == 240
    assert saved.formats_elsewhere == ["webinars", "videos"]
    assert current().standing.left_alone.customers == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days_without_contact", "0"),
        ("days_without_contact", "99999999999999999999"),
        ("attention_minutes", ""),
        ("attention_minutes", "an hour"),
        ("attention_minutes", "0"),
        ("webinar_seats", "0"),
        ("webinar_minutes", "9999:00"),
        ("webinar_share", "101"),
        ("formats_elsewhere", "opera"),
    ],
)
def test_what_cannot_be_meant_is_told_and_saved_nowhere(crowd, login, field, value):
    client = login(crowd.manager)
    before = CapacitySettings.current()
    for button in ("try", "save"):
        response = client.post(reverse("one_to_many"), SETTINGS | {field: value, button: "1"})
        assert response.status_code == 422
        assert response.context["form"].errors[field]
    tried = client.get(reverse("one_to_many"), SETTINGS | {field: value, "try": "1"})
    assert tried.context["form"].errors
    after = CapacitySettings.current()
    assert all(getattr(after, name) == getattr(before, name) for name in SETTINGS)


def test_the_trend_is_what_snapshots_kept(crowd, login):
    client = login(crowd.manager)
    assert client.get(reverse("one_to_many")).context["trend_chart"] is None
    today = company_today()
    for days, without, alone in ((2, 5, 4), (1, 7, 3)):
        on = today - timedelta(days=days)
        CapacitySnapshot.objects.create(on=on, without_csm=without, left_alone=alone, made_at="2026-01-01T00:00Z")
    # A snapshot that did not count them leaves a gap and no zero.
    CapacitySnapshot.objects.create(on=today, made_at="2026-01-01T00:00Z")
    chart = client.get(reverse("one_to_many")).context["trend_chart"]
    assert [one["values"] for one in chart["series"]] == [[5, 7], [4, 3]]


def test_the_daily_snapshot_counts_who_has_nobody(crowd):
    take_snapshots()
    kept = CapacitySnapshot.objects.get(person=None)
    assert (kept.without_csm, kept.left_alone) == (4, 3)


def test_the_number_of_queries_is_fixed(crowd, login):
    client = login(crowd.manager)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(reverse("one_to_many"))
        return len(found)

    queries()
    before = queries()
    for number in range(30):
        customer = makers.make_customer(f"More {number}", tier="tech", language="en", country="US", mrr=5)
        if number % 2:
            log(customer, crowd.support, number)
    for number in range(5):
        makers.make_person(f"more{number}@company.example", Role.SPECIALIST, Role.CSM)
    assert queries() == before
