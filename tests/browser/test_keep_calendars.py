"""Calendar addresses and the mails that wait for a decision, in a real browser: by keyboard, in every look."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from queues.actions.feeds import create_feed
from queues.mails.promises import promise_booked
from queues.models import BookingMail, CalendarFeed
from tests.browser.conftest import OpenPage, assert_usable
from tests.queues.mails.making import make_booking, make_host

LOOKS = [(1440, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("who", ["specialist", "globex_contact"])
def test_an_address_is_made_copied_and_ended_by_keyboard(
    who: str, width: int, theme: str, cast: SimpleNamespace, open_page: OpenPage
) -> None:
    is_contact = who.endswith("contact")
    person = cast.globex_contact.user if is_contact else cast.specialist
    create_feed(**({"contact": cast.globex_contact} if is_contact else {"person": person}), name="Laptop")
    page = open_page("/portal/profile/" if is_contact else "/profile/", person, width=width, theme=theme)
    page.get_by_role("link", name="Calendar addresses").press("Enter")
    name = page.get_by_label("Name")
    name.fill("Phone")
    name.press("Enter")
    address = page.get_by_label("New calendar address")
    expect(address).to_be_visible()
    assert Client().get(address.input_value()).status_code == 200
    assert_usable(page)
    page.get_by_role("button", name="End Phone").press("Enter")
    page.get_by_role("button", name="End it").press("Enter")
    expect(page.get_by_text("nobody can read it any more")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Laptop")).to_be_visible()
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_mail_that_is_perhaps_sent_is_sent_again_by_keyboard(
    width: int, theme: str, cast: SimpleNamespace, open_page: OpenPage
) -> None:
    make_host(cast.specialist)
    promise_booked(make_booking(cast.specialist, cast.globex_contact))
    BookingMail.objects.filter(kind="confirmed").update(
        state="unknown", send_after=timezone.now(), last_error="The worker stopped while it was sending."
    )
    BookingMail.objects.filter(is_for_host=True, kind="confirmed").update(state="failed", last_error="550 No such box")
    page = open_page("/queue/mails/", cast.manager, width=width, theme=theme)
    assert_usable(page)
    page.get_by_role("button", name="Send again the confirmation to gil@globex.example").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Send again").press("Enter")
    expect(page.get_by_text("The mail to gil@globex.example is sent again.")).to_be_visible()
    assert BookingMail.objects.get(kind="confirmed", is_for_host=False).state == "waiting"
