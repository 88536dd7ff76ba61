"""Importing a file in a real browser: by hand from the upload to the undo, and every page usable by anybody."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.actions import imports as actions
from accounts.imports import running
from accounts.models import Customer, ImportJob
from tests.accounts.import_files import csv_bytes, upload
from tests.browser.conftest import OpenPage, assert_usable

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    ["account_id", "account_name", "website", "country", "signup_date", "seats"],
    ["1", "Harbour Foods", "harbour.example", "Germany", "05/06/2024", "5"],
    ["2", "Alpine Optics", "", "Atlantis", "07/08/2024", "many"],
    ["3", "Juniper Clinics", "harbour.example", "France", "09/10/2024", "7"],
]
LOOKS = [(1440, "light"), (390, "dark")]


def work(page: Page) -> None:
    """Do what a worker would do, and wait until the page has noticed."""
    running.run(int(re.findall(r"/imports/(\d+)/", page.url)[0]))


def test_a_person_imports_corrects_and_undoes_a_file(
    open_page: OpenPage, cast: SimpleNamespace, tmp_path: Path
) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(csv_bytes(ROWS))
    page = open_page("/imports/", cast.manager)
    page.get_by_role("link", name="Import a file").first.click()
    page.get_by_label("What the file holds").select_option("customers")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_text("“Atlantis” is not a country")).to_be_visible()
    page.get_by_label("Order of the dates in “signup_date”").select_option("dmy")
    page.get_by_label("Field for “country”").select_option("")
    page.get_by_role("button", name="Check with these choices").click()
    expect(page.get_by_text("Left out: country.")).to_be_visible()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    work(page)
    expect(page.get_by_text("Rows that stayed out")).to_be_visible()
    assert Customer.objects.get(external_id="1").signed_up_on.isoformat() == "2024-06-05"
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected rows as a file").click()
    assert "“many” is not a number" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("Undoing")).to_be_visible()
    work(page)
    expect(page.get_by_text("The import was undone as a whole.")).to_be_visible()
    assert not Customer.objects.filter(external_id="1").exists()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_of_an_import_is_usable(width: int, theme: str, open_page: OpenPage, cast: SimpleNamespace) -> None:
    job = upload("customers", csv_bytes(ROWS), actor=cast.manager)
    address = reverse("import", args=[job.pk])

    def look(path: str) -> None:
        assert_usable(open_page(path, cast.manager, width=width, theme=theme))

    look(reverse("import_upload"))
    look(address)
    actions.start_import(actor=cast.manager, job=job)
    look(address)
    running.run(job.pk)
    look(address)
    look(reverse("imports"))
    Customer.objects.filter(external_id="3").update(seats=70)
    actions.undo_import(actor=cast.manager, job=job)
    running.run(job.pk)
    assert ImportJob.objects.get().state == ImportJob.State.UNDONE
    look(address)


def test_the_preview_of_subscriptions_is_usable(open_page: OpenPage, cast: SimpleNamespace) -> None:
    header = ["id", "customer id", "plan.amount", "interval", "start", "arr", "mrr"]
    job = upload("subscriptions", csv_bytes([header, ["S1", "acme", "4900", "month", "01/02/2024", "100", "49"]]))
    page = open_page(reverse("import", args=[job.pk]), cast.manager)
    assert_usable(page)
    expect(page.get_by_label("“plan.amount” is in cents")).to_be_checked()
