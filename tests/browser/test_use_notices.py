"""Notices through the browser: written with a preview, published, shown in the sample product and in the portal."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from demo.logins import CONTACTS
from newsletters.models import Delivery, Notice
from tests.browser.conftest import assert_usable, do_waiting_work
from tests.cast import make_contact
from tests.newsletters.notices.making import give_notice

OpenPage = Callable[..., Page]


def test_a_notice_is_written_with_its_preview_and_published(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/newsletters/notices/", cast.specialist)
    page.get_by_role("link", name="Write the first one").click()
    page.get_by_label("Title").fill("Reports are quick")
    page.get_by_label("Text").fill("They load in **a second**.")
    preview = page.locator("#notice-preview")
    expect(preview.locator("strong")).to_have_text("a second")
    page.get_by_label("Where it leads").fill("https://help.company.example/")
    expect(preview.get_by_role("link", name="Read more")).to_be_visible()
    page.get_by_label("Text").fill("# Big")
    expect(preview.get_by_role("alert")).to_contain_text("no headings")
    page.get_by_label("Text").fill("They load in **a second**.")
    page.get_by_label("High touch").check()
    expect(page.locator("#audience-count")).to_contain_text("1 contact")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Reports are quick")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Its audience has it within moments")).to_be_visible()
    do_waiting_work()
    assert Delivery.objects.get().contact == cast.acme_contact
    page.reload()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("nobody gets it any more")).to_be_visible()
    assert Notice.objects.get().state == "withdrawn"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_sample_product_shows_its_users_notices(
    cast: SimpleNamespace, chromium: Browser, live_server: LiveServer, settings, width: int, theme: str
) -> None:
    cache.clear()
    # The page is at localhost, what it asks at 127.0.0.1: two origins.
    settings.PUBLIC_URL = live_server.url.replace("localhost", "127.0.0.1")
    settings.ALLOWED_HOSTS = ["*"]
    contact = make_contact(cast.acme, CONTACTS[0].email)
    give_notice(contact, "Hello from the sample", kind="new", body="With **text**.")
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{settings.PUBLIC_URL}/demo/product/")
    assert page.url.startswith("http://localhost:")
    panel = page.get_by_role("dialog", name="Notices")
    expect(panel).to_contain_text("Hello from the sample")
    page.locator("summary").click()
    expect(panel).to_contain_text("With text.")
    assert_usable(page)
    context.close()
    assert not complaints


def test_the_portal_dismisses_without_scripts(cast: SimpleNamespace, open_page: OpenPage) -> None:
    give_notice(cast.acme_contact, "Maintenance", kind="warning", body="On **Sunday**.")
    page = open_page("/portal/", cast.acme_contact.user, javascript=False)
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Maintenance")
    page.get_by_role("button", name="Dismiss: Maintenance").click()
    expect(page.get_by_role("region", name="Notices")).to_have_count(0)
    assert Delivery.objects.get().dismissed_at is not None


@pytest.mark.parametrize("width", [1440, 390])
def test_the_portal_with_notices_is_usable(cast: SimpleNamespace, open_page: OpenPage, width: int) -> None:
    give_notice(cast.acme_contact, "Maintenance", kind="warning", body="On **Sunday**.\n\n- one\n- two")
    give_notice(cast.acme_contact, "New", kind="new", link_url="https://help.company.example/")
    give_notice(cast.acme_contact, "Plain")
    assert_usable(open_page("/portal/", cast.acme_contact.user, width=width))
