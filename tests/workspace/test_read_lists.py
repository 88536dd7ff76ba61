"""What the addresses of lists mean: filters, order, columns and pages."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.timeline import add_note
from accounts.models import CompanySettings, Customer, CustomField, User
from core.errors import Invalid, NotFound
from segments.models import TierMove, TierTerms, TimeEntry
from tests import cast as makers
from workspace.lists import read_list
from workspace.lists.columns import all_columns


def names(viewer: User, page: str = "customers", **query) -> list[str]:
    listing = read_list(page, viewer, {name: v if isinstance(v, list) else [str(v)] for name, v in query.items()})
    assert listing.filters.problems() == []
    return [row.customer.name for row in listing.read_page().rows]


@pytest.fixture
def three(cast):
    """Three customers beside Acme and Globex, seen by the administrator."""
    makers.make_customer(
        "Initech 100%",
        tier="tech",
        stage="trial",
        country="FR",
        industry="Software",
        language="fr",
        edition="Team",
        tags=["edu", "pilot"],
        is_brand=True,
        mrr=Decimal("100"),
        seats=10,
        renews_on=timezone.localdate() + timedelta(days=20),
        signed_up_on=date(2020, 1, 1),
        custom={"score": 7, "go_live": "2026-03-01", "vip": True, "plan": "Gold", "date": "Grace"},
    )
    makers.make_customer(
        "Hooli_x",
        stage="renewal",
        is_strategic=True,
        tags=["pilot"],
        mrr=Decimal("8333.3333"),
        seats=500,
        renews_on=timezone.localdate() - timedelta(days=3),
        custom={"score": 11.5, "go_live": "2026-05-01", "vip": False, "plan": "Silver", "date": "Ada"},
    )
    makers.make_customer("Umbrella", domain="umbrella.example", external_id="CRM-77", mrr=Decimal("5"))
    for position, (key, kind) in enumerate(
        {"score": "number", "go_live": "date", "vip": "yes_no", "plan": "choice", "date": "text"}.items()
    ):
        CustomField.objects.create(
            key=key,
            label=key.title(),
            type=kind,
            choices=["Gold", "Silver"] if kind == "choice" else [],
            position=position,
        )
    return cast


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tier": ["high", "tech"]}, ["Acme", "Initech 100%"]),
        ({"tier": "none"}, ["Hooli_x", "Umbrella"]),
        ({"stage": "trial"}, ["Initech 100%"]),
        ({"csm": "none"}, ["Hooli_x", "Initech 100%", "Umbrella"]),
        ({"country": ["DE", "FR"]}, ["Globex", "Initech 100%"]),
        ({"industry": "Software"}, ["Initech 100%"]),
        ({"language": "fr"}, ["Initech 100%"]),
        ({"edition": "Team"}, ["Initech 100%"]),
        ({"tag": ["pilot"]}, ["Hooli_x", "Initech 100%"]),
        ({"tag": ["edu", "other"]}, ["Initech 100%"]),
        ({"brand": "yes"}, ["Initech 100%"]),
        ({"strategic": "yes"}, ["Hooli_x"]),
        ({"arr_min": "99999.9996"}, ["Hooli_x"]),
        ({"arr_min": "1200", "arr_max": "1200"}, ["Initech 100%"]),
        ({"mrr_min": "5", "mrr_max": "100"}, ["Initech 100%", "Umbrella"]),
        ({"seats_min": "10", "seats_max": "10"}, ["Initech 100%"]),
        ({"renews": "30"}, ["Initech 100%"]),
        ({"renews": "past"}, ["Hooli_x"]),
        ({"renews": "none"}, ["Acme", "Globex", "Umbrella"]),
        ({"since_to": "2020-01-01"}, ["Initech 100%"]),
        ({"cf_score_min": "8"}, ["Hooli_x"]),
        ({"cf_score_min": "7", "cf_score_max": "11.5"}, ["Hooli_x", "Initech 100%"]),
        ({"cf_go_live_from": "2026-04-01"}, ["Hooli_x"]),
        ({"cf_go_live_to": "2026-03-01"}, ["Initech 100%"]),
        ({"cf_vip": "yes"}, ["Initech 100%"]),
        ({"cf_vip": "no"}, ["Hooli_x"]),
        ({"cf_plan": ["Gold", "Silver"]}, ["Hooli_x", "Initech 100%"]),
        ({"cf_date": "rac"}, ["Initech 100%"]),
        ({"q": "umb"}, ["Umbrella"]),
        ({"q": "umbrella.ex"}, ["Umbrella"]),
        ({"q": "rm-77"}, ["Umbrella"]),
        ({"q": "%"}, ["Initech 100%"]),
        ({"q": "_"}, ["Hooli_x"]),
        ({"q": "\\"}, []),
        ({"sort": "-arr"}, ["Hooli_x", "Initech 100%", "Umbrella", "Globex", "Acme"]),
        ({"sort": "renewal", "renews_from": "2020-01-01"}, ["Hooli_x", "Initech 100%"]),
        ({"sort": "-seats"}, ["Hooli_x", "Initech 100%", "Umbrella", "Globex", "Acme"]),
        ({"sort": "tier"}, ["Acme", "Globex", "Initech 100%", "Hooli_x", "Umbrella"]),
        ({"sort": "-tier"}, ["Initech 100%", "Globex", "Acme", "Umbrella", "Hooli_x"]),
        ({"sort": "nonsense"}, ["Acme", "Globex", "Hooli_x", "Initech 100%", "Umbrella"]),
        ({"unknown": "x"}, ["Acme", "Globex", "Hooli_x", "Initech 100%", "Umbrella"]),
    ],
)
def test_filters_and_orders(three, query, found):
    assert names(three.administrator, **query) == found


def test_filters_by_csm(three):
    assert names(three.administrator, csm=str(three.csm.pk)) == ["Acme"]
    assert names(three.administrator, csm=[str(three.csm.pk), "none"]) == [
        "Acme",
        "Hooli_x",
        "Initech 100%",
        "Umbrella",
    ]


def test_filters_by_waiting_move(three):
    TierMove.objects.create(
        customer=three.globex,
        from_tier="low",
        to_tier="high",
        status="waiting",
        reason="rule",
        created_at=timezone.now(),
    )
    assert names(three.administrator, waiting="yes") == ["Globex"]
    assert "Globex" not in names(three.administrator, waiting="no")


def test_filters_by_hours_given(three):
    TierTerms.current()
    TimeEntry.objects.create(customer=three.globex, person=three.other_csm, on=timezone.localdate(), minutes=121)
    TimeEntry.objects.create(customer=three.acme, person=three.csm, on=timezone.localdate(), minutes=900)
    assert names(three.administrator, hours="yes") == ["Globex"]
    assert "Acme" in names(three.administrator, hours="no")


def test_filters_by_portfolio_past_its_limit(three):
    TierTerms.current()
    assert names(three.administrator, over="yes") == []
    TierTerms.objects.filter(tier="low").update(portfolio_limit=0)
    assert names(three.administrator, over="yes") == ["Globex"]


def test_filters_by_silence(three):
    today = timezone.localdate()
    TimeEntry.objects.create(customer=three.acme, person=three.csm, on=today, minutes=5, activity="call")
    TimeEntry.objects.create(customer=three.globex, person=three.csm, on=today, minutes=5, activity="preparation")
    umbrella = Customer.objects.get(name="Umbrella")
    add_note(actor=three.administrator, customer=umbrella, text="Spoke about seats", kind="note.call")
    add_note(actor=three.administrator, customer=three.globex, text="They moved office")
    assert names(three.administrator, quiet="30") == ["Globex", "Hooli_x", "Initech 100%"]
    assert names(three.administrator, spoken="30") == ["Acme", "Umbrella"]
    # An address may name any number of days, and the form that shows it keeps it.
    listing = read_list("customers", three.administrator, {"quiet": ["75"]})
    assert ("75", "For 75 days") in listing.filters.fields["quiet"].choices
    assert names(three.administrator, quiet="75") == ["Globex", "Hooli_x", "Initech 100%"]
    assert read_list("customers", three.administrator, {"quiet": ["99999"]}).filters.problems()


def test_filters_by_what_is_not_known(three):
    Customer.objects.filter(name="Umbrella").update(language="", country="")
    Customer.objects.exclude(name="Umbrella").update(language="en", country="US")
    assert names(three.administrator, language="none") == ["Umbrella"]
    assert names(three.administrator, country="none") == ["Umbrella"]


def test_reaches_as_far_as_the_roles_go(three):
    assert names(three.csm) == ["Acme"]
    assert names(three.other_csm) == ["Globex"]
    # A manager sees its team's customers and those that nobody owns.
    assert names(three.manager) == ["Acme", "Hooli_x", "Initech 100%", "Umbrella"]
    assert names(three.nobody) == []
    assert names(three.specialist) == ["Acme", "Globex", "Hooli_x", "Initech 100%", "Umbrella"]


def test_shows_a_portfolio_of_those_one_may_look_at(three):
    assert names(three.csm, "portfolio") == ["Acme"]
    assert names(three.manager, "portfolio", person=str(three.csm.pk)) == ["Acme"]
    assert names(three.administrator, "portfolio", person=str(three.other_csm.pk)) == ["Globex"]
    for person in (str(three.other_csm.pk), "99999999999999999999999", "0", "-1", "abc", "٣"):
        with pytest.raises(NotFound):
            names(three.manager, "portfolio", person=person)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "x" * 10_000),
        ("q", "a\x00b"),
        ("tier", "platinum"),
        ("stage", "asleep"),
        ("csm", "1; drop table"),
        ("csm", "9" * 40),
        ("arr_min", "lots"),
        ("arr_min", "1e999999"),
        ("arr_min", "NaN"),
        ("arr_max", "-5"),
        ("seats_min", "99999999999999999999"),
        ("renews", "soon"),
        ("renews_from", "2026-02-31"),
        ("renews_to", "0000-00-00"),
        ("brand", "maybe"),
        ("cf_score_min", "inf"),
        ("cf_go_live_from", "yesterday"),
        ("country", "x" * 300),
    ],
)
def test_tells_of_a_filter_that_it_cannot_read(three, name, value):
    listing = read_list("customers", three.administrator, {name: [value]})
    assert len(listing.filters.problems()) == 1
    # The list still shows, without that filter; what acts on all of it refuses.
    assert len(listing.read_page().rows) == 5
    with pytest.raises(Invalid):
        listing.require_readable()


def test_tells_of_bounds_the_wrong_way_round(three):
    listing = read_list("customers", three.administrator, {"arr_min": ["10"], "arr_max": ["5"]})
    assert listing.filters.problems() == [("ARR from", "This is above the upper bound.")]


def test_refuses_a_cursor_of_another_list(three):
    listing = read_list("customers", three.administrator, {})
    for cursor in ("nonsense", "e30", "WyJuIiwgIngiLCAiMSJd", "x" * 5000):
        with pytest.raises(Invalid):
            listing.read_page(cursor)


@pytest.mark.parametrize(
    "sort", ["name", "-name", "arr", "-arr", "renewal", "-renewal", "tier", "-tier", "since", "-added"]
)
def test_pages_forth_and_back_without_loss(three, sort):
    for number in range(12):
        makers.make_customer(
            f"Company {number % 3}",
            mrr=number % 4,
            tier=["high", "low", None][number % 3],
            renews_on=date(2027, 1, 1) if number % 2 else None,
            signed_up_on=date(2024, 1, 1) if number % 3 else None,
        )
    listing = read_list("customers", three.administrator, {"sort": [sort]})
    whole = [row.customer.pk for row in listing.read_page(size=100).rows]
    assert sorted(whole) == sorted(Customer.objects.values_list("pk", flat=True))
    pages = [listing.read_page(size=4)]
    while pages[-1].next:
        pages.append(listing.read_page(pages[-1].next, size=4))
    assert [row.customer.pk for page in pages for row in page.rows] == whole
    back = [listing.read_page(pages[-1].previous, size=4)]
    while back[-1].previous:
        back.append(listing.read_page(back[-1].previous, size=4))
    assert [[row.customer.pk for row in page.rows] for page in reversed(back)] == [
        [row.customer.pk for row in page.rows] for page in pages[:-1]
    ]


def test_counts_no_further_than_a_thousand(three):
    Customer.objects.bulk_create(Customer(name=f"Many {n}") for n in range(1200))
    page = read_list("customers", three.administrator, {}).read_page()
    assert page.count == 1001
    assert len(page.rows) == 50


def test_chooses_columns(three):
    listing = read_list("customers", three.administrator, {"cols": ["cf_score", "nonsense", "country", "cf_score"]})
    assert listing.column_keys == ["name", "cf_score", "country"]
    values = {row.customer.name: [column.value(row) for column in listing.columns] for row in listing.read_page().rows}
    assert values["Initech 100%"] == ["Initech 100%", 7, "FR"]


def test_a_merged_customer_is_in_no_list(three):
    Customer.objects.filter(name="Umbrella").update(merged_into=three.acme)
    assert "Umbrella" not in names(three.administrator)


@pytest.mark.parametrize("page", ["customers", "portfolio"])
def test_takes_the_same_queries_however_many_customers(three, page, django_assert_num_queries):
    TierTerms.current()
    TierTerms.objects.update(portfolio_limit=None)
    every_column = list(all_columns(list(CustomField.objects.all())))

    def read() -> int:
        viewer = User.objects.get(pk=three.csm.pk)
        return len(read_list(page, viewer, {"cols": every_column}).read_page(size=500).rows)

    def add(count: int) -> None:
        for number in range(count):
            customer = makers.make_customer(f"More {number}", tier="low", parent=three.acme)
            makers.assign(customer, three.csm)
            makers.assign(customer, three.am, "am")

    add(2)
    read()  # the first reading of all makes the company's settings
    with CaptureQueriesContext(connection) as few:
        assert read() == 3
    add(297)
    with django_assert_num_queries(len(few)):
        assert read() == 300


@pytest.mark.parametrize(
    ("setting", "seen"), [("own", ["Acme"]), ("team", ["Acme", "Mates"]), ("all", ["Acme", "Globex", "Mates"])]
)
def test_a_csm_looks_as_far_as_the_company_allows_and_changes_its_own(cast, setting, seen):
    mate = makers.make_person("mate@company.example", "csm", team=cast.team)
    makers.assign(makers.make_customer("Mates", tier="low"), mate)
    company = CompanySettings.current()
    company.csm_sees = setting
    company.save()
    rows = read_list("customers", User.objects.get(pk=cast.csm.pk), {}).read_page().rows
    assert [row.customer.name for row in rows] == seen
    assert [row.customer.name for row in rows if row.editable] == ["Acme"]
