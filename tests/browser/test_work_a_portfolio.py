"""A CSM's and a manager's day in a real browser: lists, bulk changes, the customer page and search."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.actions.timeline import add_note
from accounts.models import Assignment, Customer, CustomField
from segments.models import TierMove, TierTerms, TimeEntry
from tests import cast as makers
from tests.browser.conftest import FaultsInEveryLook, OpenPage

PAGES = {
    "csm": [
        "/",
        "/portfolio/",
        "/lists/portfolio/filters/",
        "/lists/portfolio/columns/",
        "/lists/portfolio/views/new/",
        "/customers/{acme}/",
        "/search/?q=cust",
        "/exports/",
    ],
    "manager": [
        "/",
        "/portfolio/",
        "/customers/?tier=low&cols=role_csm&cols=cf_health&cols=tags&cols=renews_on&arr_min=x",
    ],
}


@pytest.fixture
def company(cast: SimpleNamespace) -> SimpleNamespace:
    """Return the cast with more customers than a page holds, most of them the CSM's."""
    TierTerms.current()
    today = timezone.localdate()
    CustomField.objects.create(key="health", label="Health", type="choice", choices=["Green", "Red"])
    for number in range(70):
        customer = makers.make_customer(
            f"Customer {number:02}",
            tier="low",
            country="DE" if number % 2 else "FR",
            tags=["pilot"] if number % 3 else [],
            renews_on=today + timedelta(days=number * 3 - 10),
            custom={"health": "Green"},
        )
        makers.make_subscription(customer, 100 + number)
        makers.assign(customer, cast.csm)
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=today, minutes=30, note="Planning")
    TierMove.objects.create(
        customer=customer, from_tier="low", to_tier="high", status="waiting", reason="rule", created_at=timezone.now()
    )
    makers.make_subscription(cast.acme, 900)
    for number in range(25):
        add_note(actor=cast.csm, customer=cast.acme, text=f"Talk {number}", kind="note.call")
    return cast


@pytest.mark.parametrize("who", PAGES)
def test_pages_are_usable_in_every_look(
    company: SimpleNamespace, who: str, faults_in_every_look: FaultsInEveryLook
) -> None:
    paths = [path.format(acme=company.acme.pk) for path in PAGES[who]]
    faults = faults_in_every_look(paths, getattr(company, who))
    assert not faults, "\n".join(faults)


def names(page: Page) -> list[str]:
    return page.locator("tbody .cell-name a").all_text_contents()


def test_a_list_is_searched_ordered_and_paged_and_goes_back(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/portfolio/", company.csm)
    assert len(names(page)) == 50
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(21)
    assert "after=" in page.url
    page.get_by_role("link", name="ARR").click()
    expect(page).to_have_url(re.compile("sort=arr"))
    assert "after=" not in page.url
    search = page.get_by_label("Name, domain or external id contains")
    search.press_sequentially("customer 0")
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page).to_have_url(re.compile("q=customer"))
    expect(search).to_be_focused()
    page.get_by_role("link", name="Customer 03").click()
    expect(page.get_by_role("heading", name="Customer 03")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(10)


def test_filters_and_columns_are_chosen_and_saved_as_a_view(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/customers/?view=all", company.csm)
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Germany").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Remove the filter Country: Germany")).to_be_visible()
    page.get_by_role("link", name="Columns").click()
    page.get_by_role("checkbox", name="Health").check()
    for _ in range(30):
        page.get_by_role("button", name="Move Health up").click()
    page.get_by_role("button", name="Show these").click()
    heads = page.locator("thead th").all_text_contents()
    assert [head.strip() for head in heads][1:3] == ["Customer", "Health"]
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Save as a new view").click()
    page.get_by_label("Name*").fill("German ones")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("summary", has_text="German ones")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("Green")


def test_a_manager_moves_customers_and_reads_what_came_of_it(company: SimpleNamespace, open_page: OpenPage) -> None:
    mate = makers.make_person("mate@company.example", "csm", name="Mate")
    page = open_page("/customers/?tier=low&q=customer", company.manager)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="Move to a CSM").click()
    page.get_by_label("To whom").select_option(str(mate.pk))
    page.get_by_label("Why").fill("Shares the load")
    page.get_by_role("button", name="Move to a CSM").click()
    expect(page.get_by_text("2 of 2 customers").first).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert Assignment.objects.filter(person=mate, ends_at=None).count() == 2


def test_all_that_match_are_tagged_beyond_the_page(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/portfolio/", company.csm)
    page.locator("[data-select-all]").check()
    page.get_by_label("All 71 that match").check()
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_text("71 customers")).to_be_visible()
    page.get_by_label("Tags").fill("autumn")
    page.get_by_role("button", name="Add tags").click()
    expect(page.get_by_text("0 of 71 customers").first).to_be_visible()
    assert Customer.objects.filter(tags__contains=["autumn"]).count() == 0


def test_a_note_is_written_and_the_timeline_goes_on(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(f"/customers/{company.acme.pk}/", company.csm)
    page.get_by_label("What happened").fill("Agreed on the roll-out")
    page.get_by_label("Kind*").select_option(label="Meeting")
    page.get_by_role("button", name="Add to the timeline").click()
    expect(page.get_by_text("Agreed on the roll-out")).to_be_visible()
    expect(page.locator("#story .story-item")).to_have_count(20)
    page.get_by_role("link", name="Show earlier").click()
    expect(page.locator("#story .story-item")).to_have_count(26)
    page.locator("#story").get_by_role("link", name="Tier").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def test_the_search_box_finds_while_one_types_and_is_walked_by_arrows(
    company: SimpleNamespace, open_page: OpenPage
) -> None:
    page = open_page("/", company.csm)
    page.keyboard.press("/")
    page.keyboard.type("acm")
    expect(page.locator("#search-results [data-search-result]").first).to_contain_text("Acme")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()
