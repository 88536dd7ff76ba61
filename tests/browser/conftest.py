"""A real Chromium for the tests of this folder: every page is watched, and can be checked for access by anybody."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from core import outbox
from cs_platform.celery import app as celery

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Of axe's rules only those that look at colours can find something new when nothing but the theme has changed.
RULES_ON_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
WIDTHS = (1440, 390)
HEIGHT = 900
THEMES = ("light", "dark")
# Without a display or a user of its own Chromium starts only so; it asks no other host for anything.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

OpenPage = Callable[..., Page]
Profiles = Callable[[bool], contextlib.AbstractContextManager[BrowserContext]]
FaultsInEveryLook = Callable[..., list[str]]

# As long as a page load may take: a slow machine makes a test late, not wrong.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and keep those of one file in one process."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the machine's Chromium, or Playwright's own where there is none."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def profiles(chromium: Browser, live_server: LiveServer) -> Iterator[Profiles]:
    """Return a function that lends a browser's profile, with or without scripts: new, or one that nobody uses now.

    Chromium starts several processes for each, and each would fetch every style sheet and script again.
    """
    idle: dict[bool, list[BrowserContext]] = {True: [], False: []}

    @contextlib.contextmanager
    def lend(javascript: bool) -> Iterator[BrowserContext]:
        # Without motion a page looks at once as it will, so what is checked is what a person sees.
        context = (
            idle[javascript].pop()
            if idle[javascript]
            else chromium.new_context(base_url=live_server.url, reduced_motion="reduce", java_script_enabled=javascript)
        )
        yield context
        forget(context, live_server.url)
        idle[javascript].append(context)

    yield lend
    for contexts in idle.values():
        for context in contexts:
            context.close()


def forget(context: BrowserContext, url: str) -> None:
    """Close the windows and remove all that they kept, but for the files that are the same for everybody."""
    last = context.pages[0] if context.pages else context.new_page()
    for page in context.pages:
        if page is not last:
            page.close()
    session = context.new_cdp_session(last)
    for origin in (url, url.replace("127.0.0.1", "localhost")):
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    last.close()
    context.clear_cookies()
    context.clear_permissions()


@pytest.fixture
def open_page(profiles: Profiles, live_server: LiveServer) -> Iterator[OpenPage]:
    """Return a function that opens an address as a person, or as nobody; the test fails on any error in the console."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    with contextlib.ExitStack() as lent:

        def open_as(
            path: str | None,
            user: User | None = None,
            *,
            width: int = 1440,
            theme: str = "light",
            javascript: bool = True,
        ) -> Page:
            context = lent.enter_context(profiles(javascript))
            if user is not None:
                client = Client()
                client.force_login(user)
                name = settings.SESSION_COOKIE_NAME
                context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=theme)
            page.on("console", note)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            if path is not None:
                page.goto(path)
            return page

        yield open_as
    assert not complaints


@pytest.fixture
def faults_in_every_look(open_page: OpenPage) -> FaultsInEveryLook:
    """Return a function that says what is wrong with addresses, each wide and narrow, light and dark.

    A page is loaded once in each width and once in each theme, checked in full, and then again in the other theme: that
    is switched in place, as a person's system does in the evening. `ready` waits for what a page brings in later.
    """

    def look(
        paths: Sequence[str],
        user: User | None = None,
        *,
        ready: Callable[[Page], None] | None = None,
        status: int = 200,
    ) -> list[str]:
        page = open_page(None, user)
        faults = []
        for width, theme in zip(WIDTHS, THEMES, strict=True):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=theme)
            for path in paths:
                answer = page.goto(path)
                if answer is None or answer.status != status:
                    faults.append(f"{path}: status {answer and answer.status}")
                    continue
                if ready:
                    ready(page)
                found = faults_of(page)
                faults += [f"{path} {width} {theme}: {fault}" for fault in found]
                theme = next(one for one in THEMES if one != theme)
                page.emulate_media(color_scheme=theme)
                expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
                faults += [f"{path} {width} {theme}: {fault}" for fault in faults_of(page, RULES_ON_COLOURS)]
        return faults

    return look


def do_waiting_work() -> int:
    """Do, here and now, all that waits for a worker; return how many promises were kept."""
    # As a worker does when it starts: whoever keeps a promise makes itself known.
    celery.loader.import_default_modules()
    # Work that is handed on to a worker of its own is done on the spot.
    celery.conf.task_always_eager = celery.conf.task_eager_propagates = True
    try:
        return outbox.drain()
    finally:
        celery.conf.task_always_eager = celery.conf.task_eager_propagates = False


# What still fades is in no colour that anybody reads; what turns for ever never ends. What a bar that stays covers
# further down depends on where somebody stopped scrolling: from the top it covers what nobody could uncover.
AT_REST = """async () => {
  window.scrollTo({top: 0, behavior: "instant"});
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
  await Promise.allSettled(ending.map((one) => one.finished));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


CHECK = """async options => {
  const found = await axe.run({...options, resultTypes: ["violations"]});
  const faults = found.violations.map(fault => fault.id + ": " + fault.nodes.map(node => node.target).join(", "));
  const [wide, room] = [document.documentElement.scrollWidth, window.innerWidth];
  return wide > room ? [...faults, `${wide} px wide`] : faults;
}"""


def faults_of(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """Return why somebody could not use the page: by axe's rules, or because it is wider than the window."""
    page.evaluate(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(CHECK, rules)


def assert_usable(page: Page) -> None:
    """Fail where somebody could not use the page."""
    faults = faults_of(page)
    assert not faults, "\n".join(faults)
