"""The pages of limits, people around a customer and hours: what they show and what they do."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Assignment, CompanySettings, Role, User
from core.models import OutboxEntry
from segments.models import PersonLimit, TierTerms, TimeEntry
from segments.panels import hours_panel, people_panel
from segments.queries.allowances import company_today
from segments.queries.limits import limit_table
from segments.queries.placement import suggestions_for
from tests.cast import assign, make_customer, make_person

Login = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


# --- limits ---------------------------------------------------------------------------------------
def test_limits_show_loads_room_and_who_is_past(cast: SimpleNamespace, login: Login) -> None:
    PersonLimit.objects.create(person=cast.csm, tier="high", portfolio_limit=1, why="Part time")
    assign(make_customer("Friend", tier="high"), cast.csm, over_limit_reason="They asked for this CSM")
    make_customer("Lost", tier="low")
    page = text(login(cast.manager).get("/limits/"))
    assert "1 let past the limit" in page
    assert "own limit: Part time" in page
    assert "They asked for this CSM" in page
    assert "There is room: the next filling places it." in page
    assert "Other Csm" not in page


def test_csm_sees_its_own_row_and_changes_nothing(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.csm)
    page = text(browser.get("/limits/"))
    assert "1 of 15" in page
    assert "limits/people" not in page
    assert browser.post(f"/limits/people/{cast.csm.pk}/high/", {"portfolio_limit": 99, "why": "x"}).status_code == 404
    assert not PersonLimit.objects.exists()


def test_manager_sets_and_clears_a_limit_in_place(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    address = f"/limits/people/{cast.csm.pk}/high/"
    assert 'name="portfolio_limit"' in text(browser.get(address, headers=HTMX))
    answer = browser.post(address, {"portfolio_limit": 3, "why": "Part time"}, headers=HTMX)
    assert "1 of 3" in text(answer)
    assert "Own limit: Part time" in text(answer)
    refused = browser.post(address, {"portfolio_limit": 3, "why": ""}, headers=HTMX)
    assert refused.status_code == 422
    assert "1 of 15" in text(browser.post(address, {"clear": "1"}, headers=HTMX))
    assert browser.post(address, {"clear": "1"}).status_code == 422


def test_limit_of_another_team_is_not_there(cast: SimpleNamespace, login: Login) -> None:
    address = f"/limits/people/{cast.other_csm.pk}/high/"
    assert login(cast.manager).get(address).status_code == 404
    assert login(cast.manager).get(f"/limits/people/{cast.csm.pk}/huge/").status_code == 404


def test_terms_are_set_by_the_administrator(cast: SimpleNamespace, login: Login) -> None:
    assert login(cast.manager).post("/limits/terms/low/", {"portfolio_limit": 1}).status_code == 403
    browser = login(cast.administrator)
    answer = browser.post("/limits/terms/low/", {"portfolio_limit": "", "monthly_minutes": "90"}, follow=True)
    assert "Low touch has new terms." in text(answer)
    terms = TierTerms.current()["low"]
    assert (terms.portfolio_limit, terms.monthly_minutes) == (None, 90)
    assert browser.post("/limits/terms/low/", {"portfolio_limit": "many"}, headers=HTMX).status_code == 422


def test_limits_take_the_same_number_of_queries(cast: SimpleNamespace) -> None:
    limit_table(cast.administrator)
    counts = []
    for size in (3, 300):
        for number in range(size):
            person = make_person(f"p{size}.{number}@company.example", Role.CSM)
            assign(make_customer(f"C {size} {number}", tier="low"), person, over_limit_reason="x")
        with CaptureQueriesContext(connection) as queries:
            assert len(limit_table(cast.administrator).rows) >= size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


def test_suggestions_take_the_same_number_of_queries(cast: SimpleNamespace) -> None:
    counts = []
    for size in (3, 300):
        for number in range(size):
            make_person(f"p{size}.{number}@company.example", Role.CSM)
        with CaptureQueriesContext(connection) as queries:
            assert len(suggestions_for(cast.acme)) >= size
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- who owns a customer ----------------------------------------------------------------------------
def test_choice_of_a_csm_shows_the_fit_and_the_room(cast: SimpleNamespace, login: Login) -> None:
    lost = make_customer("Lost", tier="low", language="de", time_zone="Europe/Berlin")
    User.objects.filter(pk=cast.csm.pk).update(spoken_languages=["de"], time_zone="Europe/Berlin")
    PersonLimit.objects.create(person=cast.other_csm, tier="low", portfolio_limit=1)
    page = text(login(cast.manager).get(f"/customers/{lost.pk}/people/csm/"))
    assert page.index("speaks German, same time of day, 0 of 80") < page.index("1 of 1 low-touch places used")
    assert "Full" in page


def test_refused_choice_comes_back_with_the_reason_and_asks_for_one(cast: SimpleNamespace, login: Login) -> None:
    lost = make_customer("Lost", tier="low")
    PersonLimit.objects.create(person=cast.csm, tier="low", portfolio_limit=0)
    browser, address = login(cast.manager), f"/customers/{lost.pk}/people/csm/"
    refused = browser.post(address, {"person": cast.csm.pk, "why": "Knows them"})
    assert refused.status_code == 422
    page = text(refused)
    assert "looks after 0 low touch customers and the limit is 0" in page
    assert "Room: Other Csm (79 free)" in page
    assert 'name="override_reason"' in page
    assert "Knows them" in page

    answer = browser.post(address, {"person": cast.csm.pk, "override_reason": "They asked"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/customers/{lost.pk}/"
    assert Assignment.objects.get(customer=lost).over_limit_reason == "They asked"


def test_assigned_customer_of_no_more_concern_leads_to_the_list(cast: SimpleNamespace, login: Login) -> None:
    lost = make_customer("Lost", tier="low")
    answer = login(cast.manager).post(f"/customers/{lost.pk}/people/csm/", {"person": cast.other_csm.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/customers/")


@pytest.mark.parametrize("sent", [{}, {"person": "nobody"}, {"person": 10**12}, {"person": "1", "why": "x" * 301}])
def test_choice_of_nobody_is_refused(cast: SimpleNamespace, login: Login, sent: dict) -> None:
    answer = login(cast.manager).post(f"/customers/{cast.acme.pk}/people/csm/", sent)
    assert answer.status_code == 422


def test_other_role_is_given_and_taken_back(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    assert "Am" in text(browser.get(f"/customers/{cast.acme.pk}/people/am/", headers=HTMX))
    browser.post(f"/customers/{cast.acme.pk}/people/am/", {"person": cast.am.pk, "why": "Growth"})
    assert Assignment.objects.get(customer=cast.acme, role=Role.AM, ends_at=None).why == "Growth"
    assert browser.post(f"/customers/{cast.acme.pk}/people/am/", {"person": cast.csm.pk}).status_code == 422
    browser.post(f"/customers/{cast.acme.pk}/people/am/release/", {"why": "Reorganised"})
    assert not Assignment.objects.filter(customer=cast.acme, role=Role.AM, ends_at=None).exists()
    assert browser.post(f"/customers/{cast.acme.pk}/people/am/release/", {"why": "Again"}).status_code == 422


def test_csm_is_released_with_a_note(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    browser.post(f"/customers/{cast.acme.pk}/people/csm/release/", {"why": "Pause", "handover_note": "Call Ann."})
    assert "Call Ann." in Assignment.objects.get(customer=cast.acme).handover_note


@pytest.mark.parametrize(("who", "status"), [("csm", 403), ("support", 403), ("am", 404), ("other_csm", 404)])
def test_only_who_may_assigns(cast: SimpleNamespace, login: Login, who: str, status: int) -> None:
    browser = login(getattr(cast, who))
    for address in ("csm/", "am/", "csm/release/"):
        assert browser.get(f"/customers/{cast.acme.pk}/people/{address}").status_code == status
        assert (
            browser.post(f"/customers/{cast.acme.pk}/people/{address}", {"person": cast.csm.pk}).status_code == status
        )


def test_roles_that_own_nobody_are_not_there(cast: SimpleNamespace, login: Login) -> None:
    assert login(cast.manager).get(f"/customers/{cast.acme.pk}/people/manager/").status_code == 404


def test_customers_without_csm_are_listed_with_the_reason(cast: SimpleNamespace, login: Login) -> None:
    make_customer("Lost", tier="low", mrr=5)
    make_customer("Mislaid", tier="high", mrr=9)
    browser = login(cast.manager)
    page = text(browser.get("/unassigned/"))
    assert page.index("Mislaid") < page.index("Lost")
    assert "There is room" in page
    assert "Mislaid" not in text(browser.get("/unassigned/?tier=low"))
    assert browser.get("/unassigned/?after=broken").status_code == 422
    assert login(cast.csm).get("/unassigned/").status_code == 403


def test_filling_is_asked_for_once(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    for _ in range(2):
        assert browser.post("/unassigned/fill/").status_code == 302
    assert OutboxEntry.objects.filter(kind="segments.fill_portfolios").count() == 1
    assert browser.get("/unassigned/fill/").status_code == 405
    assert login(cast.csm).post("/unassigned/fill/").status_code == 403


def test_csm_writes_the_note_of_a_customer_it_no_longer_sees(cast: SimpleNamespace, login: Login) -> None:
    CompanySettings.current()
    CompanySettings.objects.update(csm_sees="own")
    login(cast.manager).post(f"/customers/{cast.acme.pk}/people/csm/release/", {"why": "To tech touch"})
    past = Assignment.objects.get(customer=cast.acme)
    browser = login(cast.csm)
    assert "Acme" in text(browser.get("/handovers/"))
    assert browser.post(f"/handovers/{past.pk}/", {"note": ""}).status_code == 422
    browser.post(f"/handovers/{past.pk}/", {"note": "Ann decides."})
    past.refresh_from_db()
    assert past.handover_note.endswith("Ann decides.")
    assert "Ann decides." in text(browser.get(f"/handovers/{past.pk}/"))
    assert login(cast.other_csm).get(f"/handovers/{past.pk}/").status_code == 404


# --- hours ------------------------------------------------------------------------------------------
def test_time_is_logged_and_shows_what_is_left(cast: SimpleNamespace, login: Login) -> None:
    browser, address = login(cast.other_csm), f"/customers/{cast.globex.pk}/hours/"
    day = text(browser.get(address)).split('name="on" value="')[1][:10]
    answer = browser.post(address, {"minutes": "1:30", "on": day, "activity": "call", "note": "Setup"}, headers=HTMX)
    assert "30 m left" in text(answer)
    assert "90 min logged for Globex" in answer.headers["HX-Trigger"]
    assert TimeEntry.objects.get().minutes == 90

    refused = browser.post(address, {"minutes": "45", "on": day, "activity": "call"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Only 30 min" in text(refused)
    assert "Material for self-study" in text(refused)
    assert 'type="text" name="over_allowance_reason"' in text(refused)

    sent = {"minutes": "45", "on": day, "activity": "call", "over_allowance_reason": "Launch week"}
    assert browser.post(address, sent).headers["Location"] == address
    page = text(browser.get(address))
    assert "Launch week" in page
    assert "15 m more than the 2 h promised" in page


@pytest.mark.parametrize("minutes", ["", "soon", "-5", "0", "99999", "25:00"])
def test_unreadable_time_comes_back(cast: SimpleNamespace, login: Login, minutes: str) -> None:
    address = f"/customers/{cast.globex.pk}/hours/"
    sent = {"minutes": minutes, "on": "2026-03-10", "activity": "call", "note": "What I typed"}
    answer = login(cast.other_csm).post(address, sent)
    assert answer.status_code == 422
    assert "What I typed" in text(answer)
    assert not TimeEntry.objects.exists()


def test_own_entry_is_corrected_and_deleted(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.other_csm)
    sent = {"minutes": "20", "on": "2026-03-10", "activity": "call"}
    browser.post(f"/customers/{cast.globex.pk}/hours/", sent)
    entry = TimeEntry.objects.get()
    assert "20" in text(browser.get(f"/hours/{entry.pk}/"))
    browser.post(f"/hours/{entry.pk}/", sent | {"minutes": "25"})
    entry.refresh_from_db()
    assert entry.minutes == 25
    assert browser.post(f"/hours/{entry.pk}/", sent | {"minutes": "121"}).status_code == 422
    assert login(cast.administrator).post(f"/hours/{entry.pk}/delete/").status_code == 403
    assert login(cast.csm).get(f"/hours/{entry.pk}/").status_code == 404
    assert browser.post(f"/hours/{entry.pk}/delete/").status_code == 302
    assert not TimeEntry.objects.exists()


def test_another_month_is_read_by_its_address(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.other_csm)
    browser.post(f"/customers/{cast.globex.pk}/hours/", {"minutes": "20", "on": "2026-03-10", "activity": "call"})
    assert "20 m" in text(browser.get(f"/customers/{cast.globex.pk}/hours/?month=2026-03"))
    for broken in ("2026-13", "x", "9999-12", "0001-01"):
        assert browser.get(f"/customers/{cast.globex.pk}/hours/?month={broken}").status_code == 200


def test_who_may_only_look_logs_nothing(cast: SimpleNamespace, login: Login) -> None:
    second = make_person("second.csm@company.example", Role.CSM, team=cast.team)
    browser, address = login(second), f"/customers/{cast.acme.pk}/hours/"
    assert "Log time" not in text(browser.get(address))
    assert browser.post(address, {"minutes": "5", "on": "2026-03-10", "activity": "call"}).status_code == 403
    assert login(cast.other_csm).get(address).status_code == 404


# --- the customer page's panels -----------------------------------------------------------------------
def test_panels_take_the_same_number_of_queries(cast: SimpleNamespace) -> None:
    TierTerms.current()
    CompanySettings.current()
    counts = []
    for size in (3, 300):
        customer = make_customer(f"Old {size}", tier="low")
        for _ in range(size):
            assign(customer, cast.csm, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1))
            TimeEntry.objects.create(customer=customer, person=cast.csm, on=company_today(), minutes=1)
        with CaptureQueriesContext(connection) as queries:
            people = people_panel(customer)["people"]
            hours = hours_panel(customer, cast.csm)["hours"]
            assert people.past
            assert hours.allowance.used == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_people_panel_shows_who_is_there_and_offers_what_one_may(cast: SimpleNamespace, login: Login) -> None:
    login(cast.manager).post(f"/customers/{cast.acme.pk}/people/am/", {"person": cast.am.pk})
    context = {"data": people_panel(cast.acme), "customer": cast.acme}
    seen = render_to_string("segments/_people_panel.html", context | {"allowed": frozenset()})
    assert "since" in seen
    assert "5 roles with nobody" in seen
    assert "people/csm/" not in seen
    changed = render_to_string("segments/_people_panel.html", context | {"allowed": {"assignment.change"}})
    assert f"/customers/{cast.acme.pk}/people/csm/release/" in changed
