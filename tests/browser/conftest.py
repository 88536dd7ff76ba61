"""A real Chromium for the tests of this folder: every page is watched, and can be checked for access by anybody."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from core import outbox
from cs_platform.celery import app as celery

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
# Without a display or a user of its own Chromium starts only so; it asks no other host for anything.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

OpenPage = Callable[..., Page]

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


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Return a function that opens an address as a person, or as nobody; the test fails on any error in the console."""
    complaints: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def open_as(
        path: str, user: User | None = None, *, width: int = 1440, theme: str = "light", javascript: bool = True
    ) -> Page:
        # Without motion a page looks at once as it will, so what is checked is what a person sees.
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def open_in_every_look(open_page: OpenPage) -> Callable[..., Iterator[Page]]:
    """Return a function that opens an address wide and narrow, light and dark."""

    def open_all(path: str, user: User | None = None) -> Iterator[Page]:
        for width in WIDTHS:
            for theme in THEMES:
                yield open_page(path, user, width=width, theme=theme)

    return open_all


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


# What still fades is in no colour that anybody reads; what turns for ever never ends.
AT_REST = """async () => {
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
  await Promise.allSettled(ending.map((one) => one.finished));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def assert_usable(page: Page) -> None:
    """Fail where somebody could not use the page: by axe's rules, or because it is wider than the window."""
    page.evaluate(AT_REST)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
