"""A profile that another test used knows nothing of it."""

from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Profiles


def test_what_one_keeps_is_gone_for_the_next(db: None, profiles: Profiles, live_server: LiveServer) -> None:
    keep = "[localStorage, sessionStorage].forEach(kept => kept.setItem('theme', 'dark')); document.cookie = 'a=b'"
    ask = "[localStorage.length, sessionStorage.length]"
    with profiles(True) as first:
        for _ in range(2):
            page = first.new_page()
            page.goto("/accounts/login/")
            page.evaluate(keep)
            page.reload()
            expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    with profiles(True) as second:
        assert second is first
        assert (second.pages, second.cookies()) == ([], [])
        page = second.new_page()
        # A file of the pages, which itself keeps nothing.
        page.goto("/static/css/app.css")
        assert page.evaluate(ask) == [0, 0]
