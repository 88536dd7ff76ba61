"""The widget in a page of another origin with a strict content policy: it shows notices, keeps steps, harms nothing."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from newsletters.actions.notices import withdraw_notice
from newsletters.actions.products import create_product, switch_product
from newsletters.models import Delivery, UsedIdentity
from newsletters.widget import sessions
from tests.browser.conftest import assert_usable
from tests.browser.host_pages import HostSite, served
from tests.newsletters.notices.making import give_notice, make_identity

BODY = "It is **quick** now: <script>alert(1)</script>\n\n- one\n- [two](https://help.company.example/two)"
WATCH = (
    "window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));"
)


@pytest.fixture
def host(live_server: LiveServer, cast: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """Return a product on an origin of its own, and a function that makes identities for its users."""
    cache.clear()
    with served(HostSite(live_server.url)) as site:
        product, secret = create_product(actor=None, name="App", origins=[site.origin])
        yield SimpleNamespace(
            site=site,
            product=product,
            identity=lambda contact=cast.acme_contact, /, **changes: make_identity(product, secret, contact, **changes),
        )


@pytest.fixture
def visit(chromium: Browser, host: SimpleNamespace) -> Iterator[Callable[..., Page]]:
    """Return a function that opens the product's page; the test fails on any fault in it or violation of its policy."""
    contexts: list[BrowserContext] = []
    pages: list[Page] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refusal of the server shows in the console of every browser, whoever asked.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def open_page(context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = chromium.new_context(reduced_motion="reduce", **options)
            context.add_init_script(WATCH)
            contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        page.goto(host.site.origin)
        return page

    yield open_page
    found = [page.evaluate("violations") for page in pages]
    for context in contexts:
        context.close()
    assert not complaints
    assert not [violation for one in found for violation in one]


def vouch(host: SimpleNamespace, identity: str, more: str = "") -> None:
    """Let the page carry this identity."""
    host.site.attributes = f'data-identity="{identity}" {more}'


def to(path: str) -> Callable[[Response], bool]:
    """Return what tells that a response answers this path of the API, not the question whether it may be asked."""
    return lambda response: response.url.endswith(path) and response.request.method != "OPTIONS"


def row(notice: Any) -> Delivery:
    return Delivery.objects.get(notice=notice)


def test_notices_show_and_each_step_is_kept_once(cast, host, visit):
    notice = give_notice(cast.acme_contact, "Reports are <b>quick</b>", body=BODY, kind="new")
    give_notice(
        cast.acme_contact, "Old browsers", kind="warning", priority=10, link_url="https://help.company.example/"
    )
    vouch(host, host.identity())
    page = visit()
    bell = page.get_by_role("button", name="Notices: 2 new")
    expect(bell).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Notices: 2 new")
    # By keyboard alone.
    bell.focus()
    with page.expect_response(to(f"{notice.uid}/seen/")) as seen:
        page.keyboard.press("Enter")
    assert seen.value.status == 204
    panel = page.get_by_role("dialog", name="Notices")
    expect(panel).to_be_focused()
    first = row(notice)
    assert (first.seen_at is not None, first.read_at, first.dismissed_at) == (True, None, None)
    expect(panel.get_by_role("listitem").filter(has=page.locator("summary")).nth(0)).to_contain_text(
        "Reports are <b>quick</b>"
    )
    with page.expect_response(to("/read/")):
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(panel).to_contain_text("It is quick now: <script>alert(1)</script>")
    expect(panel.get_by_role("link", name="two")).to_have_attribute("href", "https://help.company.example/two")
    assert row(notice).read_at is not None
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_response(to("/dismissed/")):
        page.keyboard.press("Enter")
    expect(panel).not_to_contain_text("Reports are")
    expect(panel.locator("summary").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Notices", exact=True)).to_be_focused()
    last = row(notice)
    assert (last.seen_at, last.dismissed_at is not None) == (first.seen_at, True)


def test_two_tabs_keep_each_step_once(cast, host, visit):
    notice = give_notice(cast.acme_contact)
    vouch(host, host.identity())
    one = visit()
    one.get_by_role("button", name="Notices: 1 new").wait_for()
    vouch(host, host.identity())
    other = visit(one.context)
    # Both show it as new before one of them opens it.
    other.get_by_role("button", name="Notices: 1 new").wait_for()
    with one.expect_response(to("/seen/")):
        one.get_by_role("button", name="Notices: 1 new").click()
    seen = row(notice).seen_at
    with other.expect_response(to("/seen/")) as again:
        other.get_by_role("button", name="Notices: 1 new").click()
    assert again.value.status == 204
    with one.expect_response(to("/dismissed/")):
        one.get_by_role("button", name="Dismiss: New report").click()
    dismissed = row(notice).dismissed_at
    with other.expect_response(to("/dismissed/")):
        other.get_by_role("button", name="Dismiss: New report").click()
    kept = row(notice)
    assert (kept.seen_at, kept.dismissed_at) == (seen, dismissed)
    assert UsedIdentity.objects.count() == 2
    vouch(host, host.identity())
    with other.expect_response(to("feed/")):
        other.reload()
    expect(other.get_by_role("button")).to_have_count(0)


def test_what_is_withdrawn_is_gone_at_the_next_look(cast, host, visit):
    notice = give_notice(cast.acme_contact)
    vouch(host, host.identity())
    page = visit()
    page.get_by_role("button", name="Notices: 1 new").click()
    withdraw_notice(actor=None, notice=notice)
    with page.expect_response(to("feed/")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("dialog")).to_have_text("Notices✕Nothing new.")


def test_identities_that_are_not_to_be_believed_show_nothing(cast, host, visit):
    give_notice(cast.acme_contact)
    now = int(time.time())
    used = host.identity()
    vouch(host, used)
    page = visit()
    page.get_by_role("button", name="Notices: 1 new").wait_for()
    head, claims, signature = host.identity().split(".")
    refused = {
        "forged": (f"{head}.{claims}.{signature[::-1]}", 401),
        "expired": (host.identity(iat=now - 900, exp=now - 600), 401),
        "of another audience": (host.identity(aud="somebody-else"), 401),
        "without a signature": (f"eyJhbGciOiJub25lIn0.{claims}.", 401),
        "used before": (used, 409),
    }
    for what, (identity, status) in refused.items():
        vouch(host, identity)
        with page.expect_response(to("session/")) as answer:
            page.reload()
        assert answer.value.status == status, what
        expect(page.get_by_role("heading", name="Larkspur app")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
    assert UsedIdentity.objects.count() == 1


def test_the_page_of_another_origin_may_not_ask(cast, host, chromium, live_server):
    give_notice(cast.acme_contact)
    with served(HostSite(live_server.url)) as stranger:
        stranger.attributes = f'data-identity="{host.identity()}"'
        said = refusals_at(chromium, stranger.origin)
    assert any("CORS" in text for text in said)
    assert not UsedIdentity.objects.exists()


def test_the_page_of_a_product_that_is_switched_off_may_not_ask(cast, host, chromium):
    give_notice(cast.acme_contact)
    vouch(host, host.identity())
    switch_product(actor=None, product=host.product, is_active=False)
    assert any("CORS" in text for text in refusals_at(chromium, host.site.origin))
    assert not UsedIdentity.objects.exists()


def refusals_at(chromium: Browser, address: str) -> list[str]:
    """Return what the console says of a page that may not ask; nothing shows and nothing breaks there."""
    context = chromium.new_context()
    page = context.new_page()
    said: list[str] = []
    broken: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: broken.append(str(error)))
    with page.expect_event("requestfailed"):
        page.goto(address)
    expect(page.get_by_role("heading", name="Larkspur app")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.evaluate("1")
    context.close()
    assert not broken
    return said


def test_a_session_that_is_over_is_renewed_by_the_companys_backend(cast, host, visit, monkeypatch):
    notice = give_notice(cast.acme_contact)
    host.site.attributes = 'data-identity-url="/identity"'
    host.site.identities = [host.identity(), host.identity()]
    page = visit()
    page.get_by_role("button", name="Notices: 1 new").wait_for()
    assert host.site.asked == 1
    monkeypatch.setattr(sessions, "SALT", "sessions from before are over")
    with page.expect_response(lambda response: to("/seen/")(response) and response.status == 204):
        page.get_by_role("button", name="Notices: 1 new").click()
    assert host.site.asked == 2
    assert row(notice).seen_at is not None


def test_a_page_may_vouch_by_a_function_and_let_go(cast, host, visit):
    give_notice(cast.acme_contact)
    give_notice(cast.globex_contact, "For Globex")
    page = visit()
    page.evaluate("(jwt) => csNotices.start({identity: async () => jwt})", host.identity())
    page.get_by_role("button", name="Notices: 1 new").click()
    expect(page.get_by_role("dialog")).to_contain_text("New report")
    # Somebody else logs in on the same page.
    page.evaluate("(jwt) => csNotices.start({identity: async () => jwt})", host.identity(cast.globex_contact))
    page.get_by_role("button", name="Notices: 1 new").click()
    expect(page.get_by_role("dialog")).to_contain_text("For Globex")
    expect(page.get_by_role("dialog")).not_to_contain_text("New report")
    page.evaluate("csNotices.stop()")
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_widget_survives_a_server_that_is_away(cast, host, visit):
    give_notice(cast.acme_contact)
    host.site.attributes = 'data-identity-url="/identity" data-open="auto"'
    host.site.identities = [host.identity() for _ in range(9)]
    page = visit()
    page.get_by_role("dialog").wait_for()
    page.context.route("**/api/v1/notices/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Dismiss: New report").click()
    with page.expect_event("requestfailed"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="Larkspur app")).to_be_visible()
    page.context.unroute("**/api/v1/notices/**")
    # What could not be told is told by itself when the server is back.
    page.wait_for_event("response", to("/dismissed/"))
    assert Delivery.objects.get().dismissed_at is not None


def test_what_the_server_says_is_text_whatever_it_is(cast, host, visit):
    vouch(host, host.identity())
    evil = '<img src=x onerror="window.hacked=1">'
    feed = {
        "ask_again": 300,
        "notices": [
            {
                "uid": "6f1c3ad0-6c39-4d0b-8f3a-0d8f5f9d7c11",
                "kind": evil,
                "title": evil,
                "from": evil,
                "body": [
                    {"kind": "script", "runs": [{"text": evil, "href": "javascript:window.hacked=1", "bold": True}]}
                ],
                "link": {"url": "data:text/html,x", "text": evil},
            }
        ],
    }
    page = visit()
    page.context.route(
        "**/feed/",
        lambda route: route.fulfill(json=feed, headers={"Access-Control-Allow-Origin": host.site.origin}),
    )
    vouch(host, host.identity())
    page.reload()
    page.get_by_role("button", name="Notices: 1 new").click()
    panel = page.get_by_role("dialog")
    panel.locator("summary").click()
    expect(panel).to_contain_text(evil)
    assert panel.locator("a, img, script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_dates_and_sides_follow_the_page(cast, host, visit):
    give_notice(cast.acme_contact, starts_at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    host.site.lang, host.site.direction = "ar", "rtl"
    vouch(host, host.identity())
    page = visit()
    page.get_by_role("button", name="Notices: 1 new").click()
    page.locator("summary").click()
    expected = page.evaluate("new Date('2026-03-05T12:00:00Z').toLocaleDateString('ar', {dateStyle: 'medium'})")
    expect(page.locator("time")).to_have_text(expected)
    assert page.get_by_role("dialog").bounding_box()["x"] < 50
    host.site.lang = "no such language"
    vouch(host, host.identity())
    page.reload()
    expect(page.get_by_role("button", name="Notices")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_the_widget(cast, host, visit, theme, width):
    give_notice(cast.acme_contact, body=BODY, kind="warning", link_url="https://help.company.example/")
    give_notice(cast.acme_contact, "Second", kind="new")
    vouch(host, host.identity())
    page = visit(color_scheme=theme, viewport={"width": width, "height": 800})
    page.get_by_role("button", name="Notices: 2 new").click()
    page.locator("summary").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("It is quick now")
    assert_usable(page)
