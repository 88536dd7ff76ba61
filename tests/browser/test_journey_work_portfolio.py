"""A CSM's day in its portfolio: find, arrange, keep a view, tag by keyboard, give time, write a note, take it along."""

import csv
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from accounts.models import Customer, ExportJob, SavedView
from segments.models import TierTerms, TimeEntry
from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.cast import assign, make_customer, make_subscription

# Names and MRR, which the rules find right for low touch.
HELD = [
    ("Birch Labs", 1700),
    ("Cedar Foods", 1250),
    ("Dune Travel", 1900),
    ("Elm Clinics", 1100),
    ("Fjord Print", 1400),
]


def hold(cast: SimpleNamespace) -> dict[str, Customer]:
    """Return the customers that the CSM holds beside Acme, three of them in Germany."""
    held = {}
    for name, mrr in HELD:
        country = "DE" if name in ("Birch Labs", "Cedar Foods", "Dune Travel") else "US"
        held[name] = make_customer(name, tier="low", country=country)
        make_subscription(held[name], mrr)
        assign(held[name], cast.csm)
    return held


def test_csm_works_its_portfolio(cast: SimpleNamespace, open_page: OpenPage, tmp_path: Path) -> None:
    held = hold(cast)
    page = open_page("/portfolio/", cast.csm)
    rows = page.locator("[data-list] tbody tr")
    expect(rows).to_have_count(6)

    # Filter and sort.
    page.get_by_role("link", name="Filters").click()
    panel = page.get_by_role("region", name="Filters")
    panel.get_by_label("Germany").check()
    panel.get_by_role("button", name="Apply").click()
    expect(rows).to_have_count(3)
    for direction in ("ascending", "descending"):
        page.get_by_role("columnheader", name="ARR").get_by_role("link").click()
        expect(page.locator(f"th[aria-sort={direction}]")).to_contain_text("ARR")
    by_arr = page.locator("[data-list] tbody tr th")
    expect(by_arr).to_have_text(["Dune Travel", "Birch Labs", "Cedar Foods"])

    # Other columns.
    page.get_by_role("link", name="Columns").click()
    choice = page.get_by_role("region", name="Columns")
    choice.get_by_role("checkbox", name="Country").check()
    choice.get_by_role("checkbox", name="Last contact").uncheck()
    choice.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Country")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Last contact")).to_have_count(0)
    expect(by_arr).to_have_text(["Dune Travel", "Birch Labs", "Cedar Foods"])

    # Kept as a view, which opens the list as it was.
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Save as a new view").click()
    page.get_by_role("region", name="Saved view").get_by_label("Name").fill("Germany by ARR")
    page.get_by_role("region", name="Saved view").get_by_role("button", name="Save").click()
    expect(page.locator("summary", has_text="Germany by ARR")).to_be_visible()
    assert SavedView.objects.get().owner == cast.csm
    page.goto("/portfolio/?view=all")
    expect(rows).to_have_count(6)
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Germany by ARR").click()
    expect(by_arr).to_have_text(["Dune Travel", "Birch Labs", "Cedar Foods"])
    expect(page.get_by_role("columnheader", name="Country")).to_be_visible()
    assert_usable(page)

    # The second and the third row are selected by the keyboard, and tagged together.
    for key in "jjxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tags").fill("expo, to call")
    assert_usable(page)
    page.get_by_role("main").get_by_role("button", name="Tag").click()
    expect(page.get_by_role("link", name="Done 2")).to_be_visible()
    do_waiting_work()
    tagged = Customer.objects.filter(tags__contains=["expo", "to call"]).values_list("name", flat=True)
    assert sorted(tagged) == ["Birch Labs", "Cedar Foods"]
    page.get_by_role("link", name="Back to the list").click()
    expect(rows.filter(has_text="to call")).to_have_count(2)

    # Enter opens the row at hand.
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dune Travel")).to_be_visible()
    give_time_past_the_allowance(page, held["Dune Travel"])
    write_note(page)
    export(page, tmp_path)


def give_time_past_the_allowance(page: Page, customer: Customer) -> None:
    """Log more than the month's promise: refused without a reason, which then stands on the entry."""
    promised = TierTerms.DEFAULTS["low"]["monthly_minutes"]
    assert promised
    form = page.locator("#hours-panel form")
    form.get_by_label("Time").fill(str(promised + 30))
    form.get_by_label("Note").fill("Went through the roll-out")
    form.get_by_role("button", name="Log time").click()
    reason = page.get_by_label("Reason to give more than promised")
    expect(reason).to_be_visible()
    assert not TimeEntry.objects.filter(customer=customer).exists()
    assert_usable(page)
    reason.fill("Renewal at risk")
    page.locator("#hours-panel").get_by_role("button", name="Log time").click()
    expect(page.locator("#hours-panel")).to_contain_text("Went through the roll-out")
    expect(page.get_by_label("Reason to give more than promised")).to_be_hidden()
    entry = TimeEntry.objects.get(customer=customer)
    assert (entry.minutes, entry.over_allowance_reason) == (promised + 30, "Renewal at risk")


def write_note(page: Page) -> None:
    """Put a note on the timeline."""
    page.get_by_label("What happened").fill("They open a second site in May.\nCall Eva about seats.")
    page.get_by_role("button", name="Add to the timeline").click()
    expect(page.locator("#story")).to_contain_text("They open a second site in May.")
    assert_usable(page)


def export(page: Page, folder: Path) -> None:
    """Take the filtered list along as it is shown."""
    page.goto("/portfolio/?country=DE&sort=-arr&cols=name&cols=country")
    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="CSV, as shown").click()
    expect(page.get_by_role("heading", name="Export")).to_be_visible()
    do_waiting_work()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    with page.expect_download() as started:
        link.click()
    file = folder / "export.csv"
    started.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = list(csv.reader(lines))
    assert [row[0] for row in table] == ["Customer", "Dune Travel", "Birch Labs", "Cedar Foods"]
    assert ExportJob.objects.get().rows_done == 3
