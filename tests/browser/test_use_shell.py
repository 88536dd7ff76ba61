"""The shells and components in a real browser: usable by anybody, by mouse and by keyboard, in both themes."""

import re
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from tests.browser.conftest import FaultsInEveryLook, OpenPage, assert_usable
from tests.cast import PASSWORD

pytestmark = pytest.mark.urls("tests.browser.component_pages")

COMPONENTS = "/tests/components/"


def selected(page: Page) -> str | None:
    """Return what the bulk bar says is selected, nothing while it is hidden."""
    bar = page.locator("[data-bulk-bar]")
    return page.locator("[data-bulk-count]").text_content() if bar.is_visible() else None


def has_drawn(page: Page) -> None:
    expect(page.locator("[data-chart]:has(canvas)")).to_have_count(5)


def test_every_component_is_usable_in_every_look(
    cast: SimpleNamespace, faults_in_every_look: FaultsInEveryLook
) -> None:
    faults = faults_in_every_look([COMPONENTS], cast.administrator, ready=has_drawn)
    assert not faults, "\n".join(faults)


def test_portal_is_usable_in_every_look(cast: SimpleNamespace, faults_in_every_look: FaultsInEveryLook) -> None:
    faults = faults_in_every_look(["/portal/tests/", "/portal/"], cast.acme_contact.user)
    assert not faults, "\n".join(faults)


def test_entrance_is_usable_in_every_look(db: None, faults_in_every_look: FaultsInEveryLook) -> None:
    faults = faults_in_every_look(["/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/"])
    faults += faults_in_every_look(["/nothing/"], status=404)
    assert not faults, "\n".join(faults)


def test_rows_are_walked_and_selected_by_keys(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    for key in "jjxjx":
        page.keyboard.press(key)
    assert selected(page) == "2"
    page.keyboard.press("Escape")
    assert selected(page) is None
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_text("opened 2")


def test_shift_click_selects_all_rows_between(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    boxes = page.locator("[data-row-select]")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert selected(page) == "3"
    assert page.locator("[data-select-all]").evaluate("box => box.indeterminate")
    page.locator("[data-select-all]").check()
    assert selected(page) == "5"
    page.get_by_role("button", name="Clear").click()
    assert selected(page) is None


def test_risky_step_is_asked_about_first(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    page.locator("[data-row-select]").nth(0).check()
    page.locator("[data-row-select]").nth(2).check()
    page.get_by_role("button", name="Move").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Move them?")
    assert_usable(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert selected(page) == "2"
    page.get_by_role("button", name="Move").click()
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator("body")).to_have_text("moved 1,3 by move")


def test_slash_searches_and_question_mark_helps(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert_usable(page)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("j?x")
    expect(page.locator("#global-search")).to_have_value("j?x")
    assert selected(page) is None


def test_theme_is_kept_for_the_next_page(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    assert_usable(page)
    page.goto("/tests/opened/1/")
    page.goto(COMPONENTS)
    expect(html).to_have_attribute("data-bs-theme", "dark")


def test_narrow_workspace_opens_its_navigation(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm, width=390)
    link = page.get_by_role("link", name="My day")
    expect(link).not_to_be_in_viewport()
    page.get_by_role("button", name="Open the navigation").click()
    expect(link).to_be_in_viewport()
    expect(page.locator("#sidebar")).to_have_class(re.compile(r"\bshow\b"))
    page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()


def test_job_asks_for_its_news_until_it_is_done(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    expect(page.locator("#job")).to_contain_text("all 10")
    expect(page.locator("#job")).not_to_have_attribute("hx-get", "/tests/job/")


def test_toast_is_shown_and_closed(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    page.evaluate("document.dispatchEvent(new CustomEvent('toast', {detail: {level: 'error', text: '<i>Late</i>'}}))")
    toast = page.locator("#toasts .toast-note")
    expect(toast).to_contain_text("<i>Late</i>")
    assert_usable(page)
    toast.get_by_role("button").click()
    expect(toast).to_have_count(0)


def test_filter_is_sent_as_it_changes(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(COMPONENTS, cast.csm)
    page.get_by_label("Tier").select_option("high")
    expect(page).to_have_url(re.compile(r"tier=high"))


def test_passkey_is_added_and_logs_in(cast: SimpleNamespace, open_page: OpenPage) -> None:
    EmailAddress.objects.update_or_create(
        user=cast.csm, email=cast.csm.email, defaults={"verified": True, "primary": True}
    )
    page = open_page("/accounts/reauthenticate/?next=/accounts/2fa/webauthn/add/", cast.csm)
    # A passkey belongs to a name, so the browser must not know the server by its number.
    page.goto(page.url.replace("127.0.0.1", "localhost"))
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.context.clear_cookies()
    page.goto(re.sub(r"(://[^/]+)/.*", r"\1/accounts/login/", page.url))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).not_to_have_url(re.compile("accounts"))
