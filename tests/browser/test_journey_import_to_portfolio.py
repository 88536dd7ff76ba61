"""From a spreadsheet to portfolios: an administrator brings customers in, the tiers are run, CSMs find their work."""

import csv
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from accounts.models import Assignment, Customer, ImportJob, Role, Subscription
from segments.models import TierTerms
from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.cast import PASSWORD

ROWS = 60
# Rows of the file as a spreadsheet counts them: the names of the columns stand in row 1.
BAD = {11: ("Seats", "lots"), 21: ("Customer since", "31/02/2024"), 31: ("Seats", "-5")}
GOOD = ROWS - len(BAD)
HIGH, LOW = 5, 20
HIGH_LIMIT = 2


def write_csv(path: Path, header: list[str], rows: Iterable[dict[str, str]]) -> Path:
    """Return the file, written as a spreadsheet of an older office writes it: with a mark in front."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


def customers_file(folder: Path) -> Path:
    """Return a file of customers, three of whose rows cannot be used."""
    rows = []
    for number in range(2, ROWS + 2):
        row = {
            "Account ID": f"C-{number:03}",
            "Company": f"Company {number:03}",
            "Customer since": f"{number % 28 + 1:02}/{number % 12 + 1:02}/2024",
            "Brand": "TRUE" if number == 60 else "FALSE",
            "Seats": str(number),
            "What they do": "Logistics" if number % 2 else "Health care",
        }
        if number in BAD:
            column, text = BAD[number]
            row[column] = text
        rows.append(row)
    return write_csv(folder / "customers.csv", list(rows[0]), rows)


def subscriptions_file(folder: Path) -> Path:
    """Return a file of one subscription for each good row: five large, twenty middling, the rest small."""
    numbers = [number for number in range(2, ROWS + 2) if number not in BAD]
    fees = ["6000.00"] * HIGH + ["2000.00"] * LOW + ["90.00"] * (GOOD - HIGH - LOW)
    rows = [
        {"Account ID": f"C-{number:03}", "MRR": fee, "Currency": "USD", "Start date": "01/02/2025"}
        for number, fee in zip(numbers, fees, strict=True)
    ]
    return write_csv(folder / "subscriptions.csv", list(rows[0]), rows)


def upload(page: Page, kind: str, file: Path) -> None:
    """Upload a file and come to its preview."""
    page.goto("/imports/")
    page.get_by_role("main").get_by_role("link", name="Import a file").first.click()
    page.get_by_label("What the file holds").select_option(kind)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("heading", name=file.name)).to_be_visible()


def figure(page: Page, label: str) -> str:
    """Return one of the figures on top of the page."""
    return page.locator("dl.figures > div", has=page.get_by_text(label, exact=True)).locator("dd").inner_text().strip()


def figures(page: Page) -> dict[str, str]:
    """Return the figures of an import."""
    return {label: figure(page, label) for label in ("Rows", "New", "Rejected")}


def start(page: Page) -> None:
    """Start the import, and let a worker do it."""
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    do_waiting_work()
    expect(page.get_by_role("button", name="Undo the import")).to_be_visible()


def undo(page: Page) -> None:
    """Take the import back, as the page that is open offers."""
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("You may leave this page")).to_be_visible()
    do_waiting_work()
    expect(page.get_by_text("Undone by")).to_be_visible()


def test_administrator_brings_customers_into_portfolios(
    cast: SimpleNamespace, open_page: OpenPage, tmp_path: Path
) -> None:
    TierTerms.current()
    TierTerms.objects.filter(tier="high").update(portfolio_limit=HIGH_LIMIT)
    page = open_page("/accounts/login/")
    page.get_by_label("Email").fill(cast.administrator.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    import_customers(page, tmp_path)
    upload(page, "Subscriptions", subscriptions_file(tmp_path))
    expect(page.get_by_role("heading", name="Rows that stay out")).to_have_count(0)
    start(page)
    assert Subscription.objects.count() == GOOD
    run_tiers(page)
    look_at_portfolio(open_page, cast)

    undo(page)
    assert not Subscription.objects.exists()
    undo_customers(page)


def run_tiers(page: Page) -> None:
    """Let the rules decide over everybody."""
    address = page.url
    page.goto("/tiers/")
    page.get_by_role("button", name="Reassign now").click()
    expect(page.get_by_text("The run waits for a worker.")).to_be_visible()
    do_waiting_work()
    page.goto("/tiers/")
    expect(page.get_by_role("region", name="Last runs").locator("tbody tr").first).to_contain_text("On demand")
    assert_usable(page)
    page.goto(address)


def import_customers(page: Page, folder: Path) -> None:
    """Bring the customers in: correct a column, look at the problems, start, fetch what was refused."""
    upload(page, "Customers", customers_file(folder))
    choice = page.get_by_label("Field for “What they do”")
    expect(choice).to_have_value("")
    choice.select_option("Industry")
    expect(page.get_by_role("columnheader", name="Industry")).to_have_count(0)
    page.get_by_role("button", name="Check with these choices").click()
    expect(page.get_by_role("columnheader", name="Industry")).to_be_visible()
    assert figures(page) == {"Rows": str(ROWS), "New": str(GOOD), "Rejected": str(len(BAD))}
    problems = page.get_by_role("region", name="Rows that stay out").locator("tbody tr")
    assert [row.split("\t")[0] for row in problems.all_inner_texts()] == [str(number) for number in BAD]
    assert_usable(page)

    start(page)
    assert figures(page) == {"Rows": str(ROWS), "New": str(GOOD), "Rejected": str(len(BAD))}
    assert_usable(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="Rejected rows as a file").click()
    file = folder / "rejected.csv"
    started.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rejected = list(csv.DictReader(lines))
    assert [row["Account ID"] for row in rejected] == [f"C-{number:03}" for number in BAD]
    brought = Customer.objects.get(external_id="C-060")
    assert (brought.name, brought.is_brand, brought.industry) == ("Company 060", True, "Health care")
    assert brought.signed_up_on is not None
    assert brought.signed_up_on.isoformat() == "2024-01-05"


def look_at_portfolio(open_page: OpenPage, cast: SimpleNamespace) -> None:
    """See that portfolios are full and not overfull, and why a customer is where it is."""
    # The brand is served as the five large ones are; two CSMs have two places each.
    assert Customer.objects.filter(tier="high").count() == HIGH + 1
    held = Assignment.objects.filter(role=Role.CSM, ends_at=None)
    for person in (cast.csm, cast.other_csm):
        assert held.filter(person=person, tier="high").count() == HIGH_LIMIT
    assert held.filter(tier="low").count() == LOW

    page = open_page("/portfolio/?tier=high", cast.csm)
    rows = page.locator("[data-list] tbody tr")
    expect(rows).to_have_count(HIGH_LIMIT)
    assert_usable(page)
    rows.first.locator("th a").click()
    tier = page.locator(".tier-why")
    expect(tier).to_contain_text("High touch")
    expect(tier).to_contain_text("ARR")
    assert_usable(page)


def undo_customers(page: Page) -> None:
    """Take the customers back; whoever stays is told with the reason."""
    page.goto("/imports/")
    page.get_by_role("link", name="customers.csv").click()
    undo(page)
    job = ImportJob.objects.get(kind="customers")
    assert job.state == "undone"
    kept = page.get_by_role("region", name="What the undo kept").locator("tbody tr")
    assert Customer.objects.filter(external_id__startswith="C-").count() == kept.count()
    assert_usable(page)
