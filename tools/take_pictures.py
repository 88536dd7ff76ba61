"""Take the documentation's pictures of a running product with the sample company: `make pictures`.

BASE_URL says where it runs (http://127.0.0.1:8000). What the pictures need is uploaded here and discarded again, so the
sample stays as it was.
"""

import csv
import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from demo.logins import STAFF_PASSWORD  # noqa: E402  the checkout is on the path only now

BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
FOLDER = ROOT / "docs" / "img"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
ADMIN, MANAGER, CSM, CONTACT = (
    f"{name}.example" for name in ("admin@demo", "manager@demo", "csm@demo", "contact@acme")
)
NAMES = ("Alder & Finch", "Bluepeak Energy", "Corvid Press", "Dovetail Joinery", "Estuary Maps", "Foxglove Pharmacy")
CODE = re.compile(r"\b[A-Z0-9]{3,4}-[A-Z0-9]{3,4}\b")


def window(browser: Browser, size: dict[str, int] = WIDE, theme: str = "light") -> Page:
    """Return a page of a new window."""
    context = browser.new_context(
        base_url=BASE_URL, viewport=size, color_scheme=theme, reduced_motion="reduce", locale="en-GB"
    )
    return context.new_page()


def log_in(page: Page, email: str) -> Page:
    """Return the page, logged in as a member of staff."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("main")).to_be_visible()
    page.wait_for_url(f"{BASE_URL}/")
    return page


def log_in_with_code(page: Page, email: str) -> Page:
    """Return the page, logged in as a contact by the code that the mail catcher holds."""
    page.goto("/accounts/login/code/")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    mail = page.context.new_page()
    mail.goto("/mail/")
    newest = mail.locator("tbody tr", has_text=email).filter(has_text="Your code to log in")
    while not newest.count():
        mail.wait_for_timeout(500)
        mail.reload()
    newest.first.get_by_role("link").click()
    code = CODE.search(mail.get_by_role("main").inner_text())
    if code is None:
        raise SystemExit("The mail with the code has not come; is the mail catcher running?")
    mail.close()
    page.get_by_label("Code").fill(code[0])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{BASE_URL}/portal/")
    return page


def keep(page: Page, name: str) -> None:
    """Write what the window shows."""
    page.wait_for_load_state("networkidle")
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB")


def portfolio(browser: Browser) -> None:
    """Take a CSM's portfolio."""
    page = log_in(window(browser), CSM)
    page.goto("/portfolio/?view=all&sort=-arr")
    keep(page, "portfolio")


def customer(browser: Browser) -> None:
    """Take the page of the CSM's largest customer."""
    page = log_in(window(browser), CSM)
    page.goto("/portfolio/?view=all&sort=-arr")
    page.locator("[data-list] tbody th a").first.click()
    expect(page.locator("#timeline")).to_be_attached()
    keep(page, "customer")


def rules(browser: Browser) -> None:
    """Take the rule editor, and what a stricter draft would do; the draft is thrown away again."""
    page = log_in(window(browser), MANAGER)
    page.goto("/tiers/")
    page.get_by_role("button", name="Change the rules").click()
    expect(page.locator(".rule-card").first).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Smaller high touch")
    page.get_by_role("textbox", name="ARR", exact=True).first.fill("72000")
    expect(page.locator("[data-words]").first).not_to_be_empty()
    keep(page, "rule-editor")
    page.get_by_role("button", name="Save and simulate").click()
    expect(page.locator("#simulation").get_by_text("Customers that move")).to_be_visible()
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    keep(page, "simulation")
    page.locator("nav[aria-label='Breadcrumb'] a, .crumbs a").last.click()
    page.get_by_role("button", name="Throw away").click()
    page.get_by_role("dialog").get_by_role("button", name="Throw away").click()


def customers_file() -> bytes:
    """Return a small file of customers, one of whose rows cannot be used and one deserves a look."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Account ID", "Company", "Website", "Country", "Customer since", "Seats", "Brand"])
    for number, name in enumerate(NAMES, start=1):
        domain = re.sub(r"\W+", "", name).lower() + ".example"
        seats = "about 40" if number == 4 else str(number * 15)
        writer.writerow([f"N-{number:03}", name, domain, "DE", f"{number + 12}/0{number}/2026", seats, "FALSE"])
    return text.getvalue().encode("utf-8-sig")


def import_preview(browser: Browser) -> None:
    """Take the preview of an import, and discard the file again."""
    page = log_in(window(browser), ADMIN)
    page.goto("/imports/new/")
    page.get_by_label("What the file holds").select_option("Customers")
    file = {"name": "new-customers.csv", "mimeType": "text/csv", "buffer": customers_file()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("button", name="Start the import")).to_be_enabled()
    keep(page, "import-preview")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The file was discarded")).to_be_visible()


def manager(browser: Browser) -> None:
    """Take a manager's day and the limits."""
    page = log_in(window(browser), MANAGER)
    keep(page, "my-day")
    page.goto("/limits/")
    keep(page, "limits")


def capacity(browser: Browser) -> None:
    """Take the capacity page in both themes, and its weeks."""
    for name, theme in (("capacity", "light"), ("capacity-dark", "dark")):
        page = log_in(window(browser, theme=theme), MANAGER)
        page.goto("/capacity/")
        keep(page, name)
        if name == "capacity":
            page.locator("#weeks").evaluate("heading => heading.scrollIntoView()")
            keep(page, "capacity-weeks")


def what_if(browser: Browser) -> None:
    """Take the kept what-if beside today."""
    page = log_in(window(browser), MANAGER)
    page.goto("/capacity/scenarios/")
    page.get_by_role("checkbox", name="Compare").first.check()
    page.get_by_role("button", name="Compare the chosen ones").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    keep(page, "what-if")


def rebalance(browser: Browser) -> None:
    """Take the proposal that waits for a decision."""
    page = log_in(window(browser), MANAGER)
    page.goto("/capacity/rebalances/")
    page.locator("tbody tr", has_text="Proposed").first.get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Approve and apply")).to_be_visible()
    keep(page, "rebalance")


def one_to_many(browser: Browser) -> None:
    """Take the answer to whether the company needs a one-to-many team."""
    page = log_in(window(browser), MANAGER)
    page.goto("/capacity/one-to-many/")
    keep(page, "one-to-many")


def queue(browser: Browser) -> None:
    """Take the queue's board, and the page of the next hour for its host."""
    page = log_in(window(browser), MANAGER)
    page.goto("/queue/")
    keep(page, "queue")
    page.locator("main a[href^='/queue/hours/']").nth(1).click()
    expect(page.get_by_role("heading", name="Who comes")).to_be_visible()
    keep(page, "hour")


def newsletters(browser: Browser) -> None:
    """Take a newsletter being written and one that is out, and the notices in a product."""
    page = log_in(window(browser), MANAGER)
    for tab, name in (("In preparation", "newsletter"), ("Sent", "newsletter-progress")):
        page.goto("/newsletters/")
        page.get_by_role("main").get_by_role("link", name=tab).click()
        page.locator("main tbody a, main article a").first.click()
        keep(page, name)
    page.get_by_role("link", name=re.compile("Figures|What became of it")).first.click()
    keep(page, "newsletter-figures")
    page.goto("/demo/product/")
    page.wait_for_load_state("networkidle")
    keep(page, "notices")


def portal(browser: Browser) -> None:
    """Take a contact's hours on a phone below its notices, and in a wide window the hours to choose from alone."""
    page = log_in_with_code(window(browser, NARROW), CONTACT)
    page.goto("/portal/hours/")
    keep(page, "hours-phone")
    page.set_viewport_size(WIDE)
    page.goto("/portal/hours/book/")
    choices = page.get_by_role("main").get_by_role("link", name=re.compile("Choose|Ask an expert"))
    if choices.count():
        choices.first.click()
    page.wait_for_load_state("networkidle")
    page.locator("h1").evaluate("heading => window.scrollTo(0, heading.getBoundingClientRect().top + scrollY - 24)")
    keep(page, "slots")


PICTURES: dict[str, Callable[[Browser], None]] = {
    "portfolio": portfolio,
    "customer": customer,
    "rules": rules,
    "import": import_preview,
    "manager": manager,
    "capacity": capacity,
    "what-if": what_if,
    "rebalance": rebalance,
    "one-to-many": one_to_many,
    "queue": queue,
    "newsletters": newsletters,
    "portal": portal,
}


def main() -> None:
    """Take all pictures, or those that are named."""
    expect.set_options(timeout=30_000)
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        for name in sys.argv[1:] or PICTURES:
            PICTURES[name](browser)
        browser.close()


if __name__ == "__main__":
    main()
