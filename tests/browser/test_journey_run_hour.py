"""The host runs an hour by keyboard alone: reads who comes, writes notes, closes it, sends what was promised."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from queues.models import Booking
from segments.models import TimeEntry
from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.browser.test_journey_book_hour import press, tab_to
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, monday
from tests.queues.test_run_hours import shifted


@pytest.fixture
def begun(cast: SimpleNamespace) -> Booking:
    """Return an hour of Acme's contact with the specialist that began an hour ago."""
    queue = make_queue()
    make_hours(cast.specialist, (9, 12))
    make_host(queue, cast.specialist)
    booking = book_hour(queue, cast.acme, at(monday(), 9), contact=cast.acme_contact, situation="Slow reports.")
    return shifted(booking, timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("width", [1440, 390])
def test_host_runs_the_hour_by_keyboard(width: int, cast: SimpleNamespace, begun: Booking, open_page: OpenPage) -> None:
    page = open_page("/queue/hours/", cast.specialist, width=width)
    assert_usable(page)
    press(page, page.get_by_role("main").get_by_role("link", name="Acme"))
    expect(page.get_by_role("heading", level=1, name="Acme")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Slow reports.")
    assert_usable(page)

    tab_to(page, page.get_by_label("Notes", exact=True))
    page.keyboard.type("Two joins too many.")
    press(page, page.get_by_role("button", name="Save the notes"))
    expect(page.get_by_text("Your notes are saved.")).to_be_visible()

    tab_to(page, page.get_by_role("radio", name="Question answered"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Close the hour"))
    expect(page.get_by_text("The hour is closed, and its time is logged.")).to_be_visible()

    tab_to(page, page.get_by_role("textbox", name="Message"))
    page.keyboard.type("Here is the guide.")
    press(page, page.get_by_role("button", name="Send it"))
    expect(page.get_by_text("The follow-up is on its way.")).to_be_visible()
    assert_usable(page)

    do_waiting_work()
    begun.refresh_from_db()
    assert (begun.state, begun.outcome, begun.notes) == ("done", "answered", "Two joins too many.")
    assert TimeEntry.objects.get().person == cast.specialist
    sent = [message for message in mail.outbox if "Here is the guide." in message.body]
    assert [message.to for message in sent] == [[cast.acme_contact.email]]
