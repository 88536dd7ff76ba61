"""Limits, the choice of a CSM and hours in a real browser: usable by anybody, and changed in place."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Assignment
from segments.actions.assignments import release_csm
from segments.models import PersonLimit
from tests.browser.conftest import FaultsInEveryLook, OpenPage, assert_usable
from tests.cast import assign, make_customer

PAGES = {
    "manager": [
        "/limits/",
        "/limits/people/{csm}/high/",
        "/unassigned/",
        "/customers/{lost}/people/csm/",
        "/customers/{acme}/people/am/",
        "/customers/{acme}/people/csm/release/",
    ],
    "administrator": ["/limits/terms/low/"],
    "csm": ["/customers/{acme}/hours/", "/handovers/"],
}


@pytest.fixture
def company(cast: SimpleNamespace) -> SimpleNamespace:
    """Return the cast with a full CSM, one let past a limit, one customer without a CSM and one released."""
    PersonLimit.objects.create(person=cast.csm, tier="high", portfolio_limit=1, why="Part time")
    assign(make_customer("Friend", tier="high"), cast.csm, over_limit_reason="They asked for this CSM")
    cast.lost = make_customer("Lost", tier="high", language="de", time_zone="Europe/Berlin", mrr=900)
    gone = make_customer("Gone", tier="low")
    assign(gone, cast.csm)
    release_csm(actor=cast.manager, customer=gone, why="To tech touch", handover_note="Call Ann.")
    return cast


def has_heading(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("who", PAGES)
def test_pages_are_usable_in_every_look(
    company: SimpleNamespace, faults_in_every_look: FaultsInEveryLook, who: str
) -> None:
    objects = {"csm": company.csm.pk, "lost": company.lost.pk, "acme": company.acme.pk}
    faults = faults_in_every_look(
        [path.format(**objects) for path in PAGES[who]], getattr(company, who), ready=has_heading
    )
    assert not faults, "\n".join(faults)


def test_refused_choice_asks_for_a_reason_in_the_dialog(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/unassigned/", company.manager)
    page.get_by_role("link", name="Assign a CSM to Lost").click()
    dialog = page.get_by_role("dialog", name="CSM of Lost")
    expect(dialog).to_be_visible()
    assert_usable(page)
    # The full one comes last, and may be chosen for a reason.
    dialog.get_by_role("radio").last.check()
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).to_contain_text("looks after 2 high touch customers and the limit is 1")
    dialog.get_by_label("Reason to go past the limit").fill("Their chief asked")
    dialog.get_by_role("button", name="Go past the limit").click()
    page.wait_for_url(f"**/customers/{company.lost.pk}/")
    row = Assignment.objects.get(customer=company.lost)
    assert (row.person, row.over_limit_reason) == (company.csm, "Their chief asked")


def test_dialog_is_left_by_the_keyboard(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/unassigned/", company.manager)
    page.get_by_role("link", name="Assign a CSM to Lost").press("Enter")
    expect(page.locator("#dialog form")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def test_limit_is_changed_in_its_cell(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/limits/", company.manager)
    page.get_by_role("link", name="Change the high-touch limit of Csm").click()
    cell = page.locator("td.limit-cell:has(form)")
    cell.get_by_label("Customers").fill("4")
    cell.get_by_label("Why").fill("Full time again")
    cell.get_by_role("button", name="Save").click()
    expect(page.locator(f"#limit-{company.csm.pk}-high")).to_contain_text("2 of 4")
    assert PersonLimit.objects.get(person=company.csm).why == "Full time again"
