"""A manager sees an overload, tries what another colleague would change, rebalances, approves, and undoes it."""

from types import SimpleNamespace

from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Assignment, Role, TimelineEntry, User
from segments.models import Rebalance, Scenario
from tests.browser.conftest import WIDTHS, OpenPage, assert_usable, do_waiting_work
from tests.cast import make_customer
from tests.segments.rebalancing.companies import give, make_csm

# At eight hours a month each, twenty high-touch customers take more than the thirty hours of a week at the target.
OVERLOAD = [f"Dolomite {number}" for number in range(1, 21)]
LIMIT = 15


def look_at(page: Page) -> None:
    """Check the page as it is for a desk and for a phone."""
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        assert_usable(page)


def customers_of(person: User) -> set[str]:
    """Return the names of the customers whose CSM the person is now."""
    held = Assignment.objects.filter(person=person, role=Role.CSM, ends_at=None)
    return set(held.values_list("customer__name", flat=True))


def test_manager_relieves_an_overloaded_colleague(cast: SimpleNamespace, open_page: OpenPage) -> None:
    dana, ana = make_csm("Dana", LIMIT), make_csm("Ana", LIMIT)
    User.objects.filter(pk__in=[dana.pk, ana.pk]).update(team=cast.team)
    give(dana, *OVERLOAD)
    give(ana, "Amber")
    make_customer("Left alone", tier="tech", language="de", country="DE", mrr=100)

    page = open_page("/capacity/", cast.manager)
    expect(page.get_by_label("In short")).to_contain_text("Dana")
    look_at(page)
    page.get_by_role("link", name="Dana", exact=True).first.click()
    expect(page.get_by_role("heading", name="Dana", exact=True)).to_be_visible()
    look_at(page)

    try_a_colleague(page)
    propose(page)
    approve(page, dana, ana)
    undo(page, dana)

    page.goto(reverse("one_to_many"))
    expect(page.get_by_role("heading", name="Do we need a one-to-many team?")).to_be_visible()
    look_at(page)


def try_a_colleague(page: Page) -> None:
    """Look at what one more CSM would change, and keep the question."""
    page.goto(reverse("scenario_new"))
    hires = page.locator("#hires-rows")
    if hires.get_attribute("open") is None:
        hires.locator("summary").click()
    # Each change shows what comes of it by itself; nobody has to press a button.
    with page.expect_response(lambda response: response.request.method == "POST"):
        hires.get_by_label("From the week of").first.select_option(index=1)
    with page.expect_response(lambda response: response.request.method == "POST"):
        hires.get_by_label("How many new CSMs").first.fill("1")
        page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="What changes, and where to do it for real")).to_be_visible()
    look_at(page)
    page.locator(".panel", has_text="Keep it").get_by_label("Name").fill("One more colleague")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="One more colleague", exact=True)).to_be_visible()
    assert Scenario.objects.get().name == "One more colleague"
    assert User.objects.filter(role_grants__role=Role.CSM).count() == 4


def propose(page: Page) -> None:
    """Ask for moves that bring everybody within the limits; the worker works them out."""
    page.goto(reverse("rebalance_new"))
    look_at(page)
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("heading", name="Rebalance")).to_be_visible()
    do_waiting_work()
    page.reload()
    expect(page.get_by_role("button", name="Approve and apply 5 moves")).to_be_visible()
    look_at(page)


def approve(page: Page, dana: User, ana: User) -> None:
    """Apply the proposal: five customers of the overloaded CSM go to the colleague with room."""
    before = customers_of(dana)
    page.get_by_role("button", name="Approve and apply").click()
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look_at(page)
    assert len(customers_of(dana)) == LIMIT
    assert customers_of(dana) | customers_of(ana) == before | {"Amber"}
    moved = TimelineEntry.objects.filter(customer__name__in=before - customers_of(dana))
    assert moved.filter(kind__startswith="assignment.").values("customer").distinct().count() == 5


def undo(page: Page, dana: User) -> None:
    """Take the whole rebalance back."""
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone").first).to_be_visible()
    look_at(page)
    assert customers_of(dana) == set(OVERLOAD)
    assert Rebalance.objects.get().state == Rebalance.State.UNDONE
