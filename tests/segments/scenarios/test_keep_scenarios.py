"""Scenarios over HTTP: the form works with and without JavaScript, and what is kept is one's own to change."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Assignment, Customer, Role, TimelineEntry
from core.models import OutboxEntry
from segments.models import PersonLimit, Scenario, TierMove, TierTerms
from segments.queries.scenarios import basis_for
from tests import cast as makers
from tests.segments.making import arr_at_least, make_rule_set

pytestmark = pytest.mark.django_db
NEW = "/capacity/scenarios/new/"


@pytest.fixture
def company(cast):
    """Return the cast with a rule of one number and a second manager with a team of the other CSM."""
    TierTerms.current()
    make_rule_set(arr_at_least(60_000, "high", name="Large"), margin_percent=0, fallback_tier="low")
    cast.second = makers.make_person("second@company.example", Role.MANAGER)
    cast.other_team.managers.add(cast.second)
    cast.monday = basis_for(cast.manager).first_monday
    return cast


def form(**fields: object) -> dict:
    """Return what the page's form sends: nothing changed, with one empty row of each kind, and then these."""
    rows = {f"{kind}-{name}": number for kind in ("people", "hires") for name, number in FORMS.items()}
    return {"do": "look", "name": "Spring", "note": "", **rows, **fields}


FORMS = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0}


def leaving(company, person=None) -> dict:
    return {
        "people-0-what": "leave",
        "people-0-person": str((person or company.csm).pk),
        "people-0-starts": company.monday.isoformat(),
    }


def kept(owner, name: str = "Spring", **changes: object) -> Scenario:
    return Scenario.objects.create(owner=owner, name=name, changes=changes)


def test_the_empty_form_shows_today(company, login):
    page = login(company.manager).get(NEW)
    assert page.status_code == 200
    assert "Nothing is changed yet, so this is today." in page.text
    # Today's numbers stand in the fields.
    assert 'value="60000"' in page.text
    assert page.context["outcome"].unassigned == page.context["today"].unassigned


def test_one_change_shows_its_figures_without_javascript(company, login):
    page = login(company.manager).post(NEW, form(limit_high="3", **leaving(company)))
    assert page.status_code == 200
    assert "<!doctype html>" in page.text
    words = [saying.words for saying, _ in page.context["sayings"]]
    assert words[0] == "3 high-touch customers a CSM instead of 15"
    assert words[1].startswith(f"{company.csm} leaves from the week of")
    # What was typed is there again.
    assert page.context["forms"].people.forms[0]["what"].value() == "leave"
    assert not Scenario.objects.exists()


def test_htmx_gets_the_figures_alone(company, login):
    page = login(company.manager).post(NEW, form(target="50"), headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "<!doctype html>" not in page.text
    assert "50% of working time for customers instead of 75%" in page.text


def test_a_half_filled_row_waits_for_the_rest_while_one_types(company, login):
    client, sent = login(company.manager), form(**{"people-0-what": "hours", "people-0-person": str(company.csm.pk)})
    assert client.post(NEW, sent, headers={"HX-Request": "true"}).status_code == 200
    page = client.post(NEW, sent)
    assert page.status_code == 422
    assert "How many: Say how many." in page.context["problems"]


def test_a_new_row_is_added(company, login):
    page = login(company.manager).post(NEW, form(do="add_hires", **leaving(company)))
    assert page.status_code == 200
    assert len(page.context["forms"].hires.forms) == 2
    assert page.context["forms"].hires.forms[1]["weekly_hours"].value() == "40"
    assert page.context["forms"].people.forms[0]["what"].value() == "leave"


def test_it_is_saved_and_opened_with_what_was_changed(company, login):
    client = login(company.manager)
    sent = form(
        do="save",
        threshold_0="20000",
        hours_low="2.5",
        renewal_high="4",
        **leaving(company),
        **{
            "hires-0-count": "2",
            "hires-0-starts": (company.monday + timedelta(weeks=2)).isoformat(),
            "hires-0-weekly_hours": "32",
            "hires-0-time_zone": "Europe/Berlin",
            "hires-0-languages": "German, English",
            "hires-0-limit_high": "5",
        },
    )
    answer = client.post(NEW, sent)
    scenario = Scenario.objects.get(owner=company.manager)
    assert answer.headers["Location"] == f"/capacity/scenarios/{scenario.pk}/"
    assert scenario.changes == {
        "thresholds": [
            {"rule": "Large", "field": "arr", "op": "gte", "place": 0, "end": 0, "value": 20000},
        ],
        "planned_minutes": {"low": 150},
        "event_minutes": {"renewal": {"high": 240}},
        "people": [{"what": "leave", "person": company.csm.pk, "from": company.monday.isoformat()}],
        "hires": [
            {
                "count": 2,
                "from": (company.monday + timedelta(weeks=2)).isoformat(),
                "weekly_minutes": 1920,
                "time_zone": "Europe/Berlin",
                "languages": ["de", "en"],
                "name": "",
                "limits": {"high": 5},
            }
        ],
    }
    page = client.get(answer.headers["Location"])
    assert page.context["forms"].terms["threshold_0"].value() == 20000
    assert page.context["forms"].hires.forms[0]["languages"].value() == "German, English"
    assert len(page.context["sayings"]) == 5


def test_saving_changes_nothing_real(company, login):
    def real() -> tuple:
        return (
            list(Customer.objects.order_by("pk").values()),
            list(Assignment.objects.order_by("pk").values()),
            list(TierTerms.objects.order_by("pk").values()),
            PersonLimit.objects.count() + TierMove.objects.count() + TimelineEntry.objects.count(),
            OutboxEntry.objects.count(),
        )

    before = real()
    login(company.manager).post(NEW, form(do="save", threshold_0="1", limit_low="1", **leaving(company)))
    assert Scenario.objects.exists()
    assert real() == before


def test_nothing_applies_a_scenario_for_real(company, login):
    scenario = kept(company.manager, people=[])
    for address in (NEW, f"/capacity/scenarios/{scenario.pk}/", "/capacity/scenarios/"):
        page = login(company.manager).get(address).text.lower()
        assert "for real</" not in page
        assert "apply" not in page


def test_each_change_says_where_it_is_made_for_real(company, login):
    sent = form(limit_high="3", threshold_0="5", **leaving(company))
    page = login(company.manager).post(NEW, sent)
    assert [address for _, address in page.context["sayings"]] == [
        reverse("rule_sets"),
        reverse("limits"),
        reverse("person", args=[company.csm.pk]),
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"limit_high": "-1"}, "greater than or equal to 0"),
        ({"limit_high": "9" * 40}, "less than or equal to 100000"),
        ({"threshold_0": "1e40"}, "Large: ARR at least"),
        ({"threshold_0": "NaN"}, "Enter a number."),
        ({"hours_high": "745"}, "less than or equal to 744"),
        ({"target": "0"}, "greater than or equal to 1"),
        ({"hires-0-count": "10000"}, "less than or equal to 100"),
        ({"hires-0-count": "1", "hires-0-time_zone": "Mars/Base"}, "Mars/Base is not one of the available choices"),
        ({"hires-0-count": "1", "hires-0-languages": "Klingonish"}, "Klingonish"),
        ({"hires-0-count": "1", "hires-0-starts": "1999-01-04"}, "1999-01-04 is not one of the available choices"),
        ({"people-0-what": "leave", "people-0-person": "999999"}, "999999 is not one of the available choices"),
        ({"people-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
        ({"people-0-what": "high", "people-0-person": "CSM", "people-0-number": "2.5"}, "A limit is a whole number"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_lost(company, login, fields: dict, problem: str):
    fields = {name: str(company.csm.pk) if value == "CSM" else value for name, value in fields.items()}
    fields.setdefault("hires-0-starts", company.monday.isoformat())
    page = login(company.manager).post(NEW, form(do="save", limit_low="7", **fields))
    assert page.status_code == 422
    assert any(problem in one for one in page.context["problems"]), page.context["problems"]
    assert page.context["forms"].terms["limit_low"].value() == "7"
    assert not Scenario.objects.exists()


def test_contradictions_are_told_at_their_row(company, login):
    row = {f"people-1-{name.removeprefix('people-0-')}": value for name, value in leaving(company).items()}
    page = login(company.manager).post(NEW, form(**leaving(company), **row, **{"people-TOTAL_FORMS": 2}))
    assert page.status_code == 422
    assert page.context["problems"] == ["The same person leaves twice."]
    assert page.context["forms"].people.forms[1].non_field_errors() == ["The same person leaves twice."]


def test_nobody_of_another_team_can_be_chosen(company, login):
    page = login(company.manager).post(NEW, form(do="save", **leaving(company, company.other_csm)))
    assert page.status_code == 422
    assert not Scenario.objects.exists()
    assert (
        login(company.administrator).post(NEW, form(do="save", **leaving(company, company.other_csm))).status_code
        == 302
    )


def test_a_name_is_used_once_and_has_letters(company, login):
    client = login(company.manager)
    kept(company.manager)
    page = client.post(NEW, form(do="save", limit_high="3"))
    assert page.status_code == 422
    assert page.context["about"].errors == {"name": ["You have a scenario of this name already."]}
    assert client.post(NEW, form(do="save", name=" ")).status_code == 422
    assert client.post(NEW, form(do="save", name="a" * 81)).status_code == 422
    assert Scenario.objects.count() == 1


def test_two_tabs_do_not_overwrite_each_other(company, login):
    client, scenario = login(company.manager), kept(company.manager)
    url = f"/capacity/scenarios/{scenario.pk}/"
    seen = client.get(url).context["seen"]
    assert client.post(url, form(do="save", seen=seen, limit_high="3")).status_code == 302
    late = client.post(url, form(do="save", seen=seen, limit_high="9"))
    assert late.status_code == 422
    assert "You have changed this scenario elsewhere meanwhile; open it again." in late.context["problems"]
    scenario.refresh_from_db()
    assert scenario.changes == {"limits": {"high": 3}}


def test_what_others_share_is_read_and_copied_but_not_changed(company, login):
    scenario = kept(
        company.manager,
        limits={"high": 3},
        people=[{"what": "limit", "person": company.csm.pk, "tier": "low", "limit": 4}],
    )
    url, client = f"/capacity/scenarios/{scenario.pk}/", login(company.second)
    assert client.get(url).status_code == 404
    login(company.manager).post(f"{url}name/", {"name": "Spring", "is_shared": "on"})
    page = client.get(url)
    assert page.status_code == 200
    assert "A CSM of another team takes up to 4" in page.text
    assert str(company.csm) not in [line.then.name for line in page.context["people"]]
    for address in (url, f"{url}name/", f"{url}delete/"):
        assert client.post(address, form(do="save")).status_code == 403
    client.post(f"{url}copy/")
    copy = Scenario.objects.get(owner=company.second)
    assert (copy.name, copy.is_shared, copy.changes) == ("Spring (copy)", False, {"limits": {"high": 3}})


def test_copies_find_a_free_name(company, login):
    scenario, client = kept(company.manager), login(company.manager)
    for _ in range(2):
        client.post(f"/capacity/scenarios/{scenario.pk}/copy/")
    names = Scenario.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["Spring", "Spring (copy)", "Spring (copy 2)"]


def test_it_is_deleted_by_its_owner(company, login):
    scenario = kept(company.manager)
    login(company.manager).post(f"/capacity/scenarios/{scenario.pk}/delete/")
    assert not Scenario.objects.exists()


def test_a_person_and_a_rule_that_are_gone_are_told(company, login):
    left = makers.make_person("left@company.example", Role.CSM, team=company.team, name="Lea Left", is_active=False)
    scenario = kept(
        company.manager,
        people=[{"what": "leave", "person": left.pk, "from": "2026-01-05"}],
        thresholds=[{"rule": "Old rule", "field": "arr", "op": "gte", "value": 1}],
    )
    Scenario.objects.update(is_shared=True)
    page = login(company.second).get(f"/capacity/scenarios/{scenario.pk}/")
    assert page.status_code == 200
    assert len(page.context["gone"]) == 2
    assert "goes on without" in page.text
    mine = login(company.manager).get(f"/capacity/scenarios/{scenario.pk}/")
    assert mine.status_code == 200
    assert "Changes about people who are not in your teams are left out here." in mine.text


def test_changes_that_nobody_can_read_any_more_begin_anew(company, login):
    scenario = kept(company.manager, magic=1)
    page = login(company.manager).get(f"/capacity/scenarios/{scenario.pk}/")
    assert page.status_code == 200
    assert "cannot be read any more" in page.text


def test_four_scenarios_stand_beside_today(company, login):
    for number in range(5):
        kept(company.manager, f"Plan {number}", utilisation_target=50 + 10 * number)
    pks = list(Scenario.objects.order_by("pk").values_list("pk", flat=True))
    page = login(company.manager).get("/capacity/scenarios/compare/", {"s": pks})
    assert [column["scenario"].pk for column in page.context["columns"]] == pks[:4]
    assert "Only the first four are shown" in page.text
    lines = {line.label: line.cells for line in page.context["lines"]}
    assert len(lines["Utilisation, 13 weeks"]) == 5
    # Half of the working time is for customers instead of three quarters.
    assert [cell.note for cell in lines["Utilisation, 13 weeks"]][:2] == ["", "1 point more"]
    assert lines["CSMs at the end"][1].note == "as today"
    assert [line.label for line in page.context["people"]] == [str(company.csm)]


def test_comparing_nothing_and_nonsense(company, login):
    client = login(company.manager)
    assert "Nothing chosen" in client.get("/capacity/scenarios/compare/").text
    assert client.get("/capacity/scenarios/compare/", {"s": ["x", "9" * 30]}).status_code == 200
    assert client.get("/capacity/scenarios/compare/", {"s": "987654"}).status_code == 404


def test_customers_behind_a_figure_are_those_that_one_may_see(company, login):
    Customer.objects.filter(pk=company.acme.pk).update(mrr=Decimal(100))
    Customer.objects.filter(pk=company.globex.pk).update(mrr=Decimal(9_000))
    TierTerms.objects.filter(tier="high").update(portfolio_limit=0)
    client = login(company.manager)
    address, sent = "/capacity/scenarios/customers/", form(threshold_0="5000")
    low = client.post(f"{address}?from=high&to=low", sent)
    assert [customer.name for customer, _ in low.context["rows"]] == ["Acme"]
    # Globex, of the other team, is counted and not named.
    high = client.post(f"{address}?from=low&to=high", sent)
    assert (high.context["rows"], high.context["all"]) == ([], 1)
    assert client.post(f"{address}?from=x&to=high", sent).status_code == 404
    assert client.post(f"{address}?person={company.other_csm.pk}", sent).status_code == 404
    gone = client.post(f"{address}?person={company.csm.pk}", form(**leaving(company)))
    assert [why for _, why in gone.context["rows"]] == ["Goes to nobody"]
    assert client.post(f"{address}?left=high", form(limit_high="-3")).status_code == 422


def test_customers_of_a_saved_scenario(company, login):
    scenario = kept(company.manager, thresholds=[{"rule": "Large", "field": "arr", "op": "gte", "value": 0}])
    page = login(company.manager).get(f"/capacity/scenarios/{scenario.pk}/customers/", {"from": "low", "to": "high"})
    assert page.status_code == 200
    assert page.context["all"] == 1


def test_the_list_shows_ones_own_and_shared_ones(company, login):
    kept(company.manager, "Mine")
    kept(company.second, "Theirs")
    Scenario.objects.filter(name="Theirs").update(is_shared=True)
    kept(company.second, "Secret")
    page = login(company.manager).get("/capacity/scenarios/")
    assert ([one.name for one in page.context["mine"]], [one.name for one in page.context["shared"]]) == (
        ["Mine"],
        ["Theirs"],
    )
    assert "Secret" not in page.text
