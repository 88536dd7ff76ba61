"""A manager rebalances in a real browser: asks, watches, edits by keyboard, applies and undoes; without scripts too."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from accounts.models import Customer
from segments.actions.assignments import assign_csm
from segments.actions.rebalances import propose_rebalance
from segments.models import Rebalance
from segments.rebalancing import Rails
from tests.browser.conftest import FaultsInEveryLook, OpenPage, do_waiting_work
from tests.segments.rebalancing.companies import give, overloaded, portfolios, propose

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def company() -> SimpleNamespace:
    return overloaded()


def test_a_manager_asks_watches_edits_applies_and_undoes(company: SimpleNamespace, open_page: OpenPage) -> None:
    before = portfolios()
    page = open_page("/capacity/rebalances/", company.manager)
    page.get_by_role("link", name="Work out the first one").click()
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("Waiting for a worker").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Being worked out")).to_be_visible()
    do_waiting_work()
    # The page notices by itself.
    expect(page.get_by_text("If 2 customers change the CSM, all 3 CSMs are within the limits.")).to_be_visible()

    name = Rebalance.objects.get().moves.order_by("pk")[0].customer.name
    page.get_by_role("button", name=f"Take out {name}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("If 1 customer changes the CSM")).to_be_visible()
    page.get_by_role("link", name=f"Change where {name} goes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Where {name} goes")).to_be_visible()
    page.get_by_role("radio", name="Ana").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("If 2 customers change the CSM")).to_be_visible()
    expect(page.get_by_text("Maya chose it")).to_be_visible()

    page.goto(f"/capacity/rebalances/{Rebalance.objects.get().pk}/")
    page.get_by_label("Note").fill("Before the new year")
    page.get_by_role("button", name="Approve and apply 2 moves").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Apply").click()
    expect(page.get_by_text("with that all 3 CSMs are within the limits.").last).to_be_visible()
    assert len(portfolios()["Dana"]) == 3
    page.get_by_role("button", name="Undo").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is undone")).to_be_visible()
    assert portfolios() == before


def test_it_works_without_scripts(company: SimpleNamespace, open_page: OpenPage) -> None:
    rebalance = propose(company)
    first, second = rebalance.moves.order_by("pk").values_list("customer__name", flat=True)
    page = open_page(f"/capacity/rebalances/{rebalance.pk}/", company.manager, javascript=False)
    page.get_by_role("button", name=f"Take out {first}").click()
    page.get_by_role("link", name="Move another customer").click()
    page.get_by_label("Name contains").fill(first)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=f"Move {first}").click()
    page.get_by_role("radio", name="Ana").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.goto(f"/capacity/rebalances/{rebalance.pk}/")
    company.ben.portfolio_limits.update(portfolio_limit=9)
    assign_csm(actor=None, customer=Customer.objects.get(name=second), person=company.ben)
    # The page was open when the customer moved elsewhere.
    page.get_by_role("button", name="Approve and apply 2 moves").click()
    expect(page.get_by_role("heading", name="Nothing was applied: things have changed since")).to_be_visible()
    expect(page.get_by_text("was with Dana, is with Ben now")).to_be_visible()
    page.get_by_role("button", name="Take 1 out and apply 1 move").click()
    expect(page.get_by_text("1 customer changes the CSM").last).to_be_visible()
    assert portfolios()["Ana"] == ["Amber", first]


def test_every_state_is_usable_in_every_look(company: SimpleNamespace, faults_in_every_look: FaultsInEveryLook) -> None:
    give(None, "An orphan whose name is so long that it would not fit on any line of a telephone")
    changed = propose(company, place_unassigned=True)
    company.ben.portfolio_limits.update(portfolio_limit=9)
    moved = changed.moves.exclude(from_person=None).order_by("pk")[0].customer
    assign_csm(actor=None, customer=moved, person=company.ben)
    waiting = propose_rebalance(actor=company.manager, people=[company.dana.pk], rails=Rails())
    paths = [f"/capacity/rebalances/{rest}" for rest in (f"{changed.pk}/", f"{waiting.pk}/", "new/", "")]
    paths.append(f"/capacity/rebalances/{changed.pk}/customers/{moved.pk}/")
    faults = faults_in_every_look(paths, company.manager)
    assert not faults, "\n".join(faults)
