"""A customer's contact comes in with a code from the mail and finds its own company, and no other."""

import re
from types import SimpleNamespace

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.cast import assign, make_subscription


def ask_for_code(page: Page, email: str) -> str:
    """Return the code that the mail brings."""
    page.get_by_role("link", name="Email me a code").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Type the code to log in")).to_be_visible()
    do_waiting_work()
    [message] = mail.outbox
    assert message.to == [email]
    found = re.search(r"^([A-Z0-9]{3,}-[A-Z0-9]{3,})$", message.body, re.MULTILINE)
    assert found, message.body
    return found[1]


def type_code(page: Page, code: str) -> None:
    """Send the code."""
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with_javascript", "without_javascript"])
def test_contact_comes_in_with_a_code_and_sees_its_own_company(
    javascript: bool, cast: SimpleNamespace, open_page: OpenPage
) -> None:
    make_subscription(cast.acme, 4000, edition="Enterprise of Acme", seats=80)
    make_subscription(cast.globex, 90, edition="Basic of Globex", seats=5)
    assign(cast.acme, cast.am, "am")
    page = open_page("/portal/", width=390, javascript=javascript)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()

    code = ask_for_code(page, cast.acme_contact.email)
    type_code(page, "AAAA-AAAA")
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    type_code(page, code)

    expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_visible()
    helpers = page.get_by_role("main").get_by_role("listitem")
    expect(helpers).to_have_count(2)
    expect(helpers.filter(has_text=cast.csm.email)).to_contain_text("Customer success manager")
    expect(helpers.filter(has_text=cast.am.email)).to_contain_text("Account manager")

    page.get_by_role("link", name="Company", exact=True).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Enterprise of Acme")
    expect(main).to_contain_text(cast.acme_contact.email)
    assert "lobex" not in page.content()
    if javascript:
        assert_usable(page)

    # Whatever address is tried, it is the own portal that opens.
    for path in (f"/customers/{cast.globex.pk}/", f"/customers/{cast.acme.pk}/", "/portfolio/", "/people/"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_visible()
        assert page.url.endswith("/portal/")

    page.goto("/portal/profile/")
    page.get_by_label("Name").fill("Ann of Acme")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    cast.acme_contact.user.refresh_from_db()
    assert cast.acme_contact.user.name == "Ann of Acme"

    page.locator("header summary").click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/portal/company/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_address_that_nobody_has_is_told_the_same_and_gets_nothing(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/portal/")
    page.get_by_role("link", name="Email me a code").click()
    page.get_by_label("Email").fill("stranger@nowhere.example")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Type the code to log in")).to_be_visible()
    do_waiting_work()
    assert [message for message in mail.outbox if re.search(r"^[A-Z0-9]{3,}-", message.body, re.MULTILINE)] == []
    type_code(page, "AAAA-AAAA")
    expect(page.get_by_text("Incorrect code")).to_be_visible()
