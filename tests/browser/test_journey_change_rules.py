"""A manager changes the rules of the tiers: sees before what would happen, activates, decides what waits, pins."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Assignment, Customer
from segments.models import RuleSet, TierMove, TierPin
from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.cast import assign, make_customer, make_subscription


def type_instead(page: Page, field: Locator, text: str) -> None:
    """Replace what stands in the field that has the focus."""
    expect(field).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def tab_to(page: Page, target: Locator) -> None:
    """Go on with Tab until the target has the focus."""
    for _ in range(120):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The keyboard does not get there")


def low_customer(cast: SimpleNamespace, name: str, mrr: int) -> Customer:
    """Return a customer of the CSM that the default rules leave in low touch."""
    customer = make_customer(name, tier="low", country="US")
    assign(customer, cast.csm)
    make_subscription(customer, mrr)
    return customer


def test_manager_changes_the_rules(cast: SimpleNamespace, open_page: OpenPage) -> None:
    make_subscription(cast.acme, 8000)
    make_subscription(cast.globex, 1500)
    birch, cedar = low_customer(cast, "Birch Labs", 3000), low_customer(cast, "Cedar Foods", 1500)
    page = open_page("/tiers/", cast.manager)
    page.get_by_role("button", name="Change the rules").click()
    expect(page.get_by_role("heading", name="Edit the rules")).to_be_visible()
    assert_usable(page)
    write_draft_by_keyboard(page)

    simulation = page.locator("#simulation")
    expect(simulation).to_have_attribute("aria-busy", "true")
    expect(simulation.get_by_text("Customers that move")).to_be_visible()
    expect(simulation.locator(".figure-box", has_text="Customers that move")).to_contain_text("1")
    expect(simulation.locator(".figure-box", has_text="Would wait for approval")).to_contain_text("1")
    expect(page.locator("#tier-flow:has(canvas), [data-chart]:has(canvas)").first).to_be_visible()
    assert_usable(page)
    assert Customer.objects.get(pk=birch.pk).tier == "low"

    page.get_by_role("link", name="Activate…").click()
    page.get_by_role("button", name="Activate and move customers").click()
    expect(page.get_by_role("main").get_by_role("heading", name="Wider high touch")).to_be_visible()
    do_waiting_work()
    assert RuleSet.objects.get(status="active").name == "Wider high touch"
    assert TierMove.objects.get(customer=birch).status == "waiting"

    page.goto("/tiers/approvals/")
    rows = page.locator("[data-list] tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Birch Labs")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_label("Note on the decision").fill("They grow fast")
    assert_usable(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    do_waiting_work()
    assert Customer.objects.get(pk=birch.pk).tier == "high"
    assert Assignment.objects.get(customer=birch, role="csm", ends_at=None).person == cast.csm
    pin(page, cedar)


def write_draft_by_keyboard(page: Page) -> None:
    """Name the draft, lower the threshold of high touch, let large moves wait, and ask what would happen."""
    threshold = page.get_by_role("textbox", name="ARR", exact=True).first
    expect(threshold).to_have_value("60000")
    tab_to(page, threshold)
    type_instead(page, threshold, "30000")
    name = page.get_by_label("Name", exact=True)
    tab_to(page, name)
    type_instead(page, name, "Wider high touch")
    approval = page.get_by_label("Approval from an ARR of")
    tab_to(page, approval)
    type_instead(page, approval, "30000")
    simulate = page.get_by_role("button", name="Save and simulate")
    tab_to(page, simulate)
    page.keyboard.press("Enter")


def pin(page: Page, customer: Customer) -> None:
    """Keep a customer in high touch for a while, with the reason."""
    last_day = timezone.localdate() + timedelta(days=60)
    page.goto(f"/customers/{customer.pk}/")
    page.get_by_role("link", name="Pin tier").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tier").select_option("High touch")
    dialog.get_by_label("Last day").fill(last_day.isoformat())
    dialog.get_by_label("Reason").fill("Pilot of the new edition")
    assert_usable(page)
    dialog.get_by_role("button", name="Pin").click()
    expect(page.locator("#tier")).to_contain_text("Pilot of the new edition")
    do_waiting_work()
    page.reload()
    expect(page.locator("#tier")).to_contain_text("Pinned to")
    assert TierPin.objects.get(customer=customer).until == last_day
    assert Customer.objects.get(pk=customer.pk).tier == "high"
