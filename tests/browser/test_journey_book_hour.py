"""A contact books an hour, moves and cancels it, waits for one and gets the offer: by keyboard, without scripts."""

import re
from datetime import date, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from queues import links
from queues.actions.bookings import cancel_booking
from queues.models import Booking, Offer, Queue, QueueTopic, WaitingEntry
from tests.browser.conftest import OpenPage, assert_usable, do_waiting_work
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue

WIDTHS = [1440, 390]


@pytest.fixture
def day() -> date:
    """Return the one day on which there are hours."""
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def queue(cast: SimpleNamespace, day: date) -> Queue:
    """Return a queue whose one host gives three hours of the day: nine to twelve, UTC."""
    queue = make_queue(horizon_days=5, hours_per_customer=2, meeting_text="We call you.")
    QueueTopic.objects.create(queue=queue, name="Reports")
    make_host(queue, cast.specialist)
    make_hours(cast.specialist, (9, 12), weekdays=[day.weekday()])
    return queue


def tab_to(page: Page, target: Locator, *, most: int = 60) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    expect(target).to_be_visible()
    for _ in range(most):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} times Tab do not lead to {target}")


def press(page: Page, target: Locator) -> None:
    """Go to the target by Tab and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def heading(page: Page, name: str) -> Locator:
    """Return the heading, once it is there."""
    found = page.get_by_role("heading", name=name, exact=True)
    expect(found).to_be_visible()
    return found


def hour_button(page: Page, name: str) -> Locator:
    """Return the button of an hour; the zone is said after the time."""
    return page.get_by_role("button", name=re.compile(rf"^{name}\s(AM|PM)\s"))


@pytest.mark.parametrize("width", WIDTHS)
def test_books_moves_and_cancels_by_keyboard(
    width: int, queue: Queue, cast: SimpleNamespace, open_page: OpenPage, day: date
) -> None:
    page = open_page("/portal/", cast.acme_contact.user, width=width)
    assert_usable(page)
    press(page, page.get_by_role("main").get_by_role("link", name="Book an hour"))

    heading(page, "Experts")
    # A screen reader hears the weekday and how many hours are free.
    expect(page.get_by_role("heading", name=re.compile(rf"^{day:%A}, .*3 free hours$"))).to_be_visible()
    assert_usable(page)
    hours = page.locator(".week-hours .hour")
    expect(hours).to_have_count(3)
    tab_to(page, hours.first)
    page.keyboard.press("ArrowDown")
    expect(hours.nth(1)).to_be_focused()
    page.keyboard.press("Enter")

    heading(page, "What is it about?")
    expect(page.get_by_text(re.compile(r"Held for you for another [45]:\d\d minutes"))).to_be_visible()
    assert_usable(page)
    tab_to(page, page.get_by_label("Reports"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Your situation"))
    page.keyboard.type("Figures differ between two reports.")
    press(page, page.get_by_role("button", name="Book this hour"))

    heading(page, "Your hour is booked")
    assert_usable(page)
    booking = Booking.objects.get()
    assert (booking.starts_at, booking.topic_text) == (at(day, 10), "Reports")
    assert booking.situation == "Figures differ between two reports."

    press(page, page.get_by_role("link", name="Move", exact=True))
    heading(page, "Move your hour")
    assert_usable(page)
    press(page, page.locator(".week-hours .hour").first)
    heading(page, "Move your hour?")
    assert_usable(page)
    press(page, page.get_by_role("button", name="Yes, move it"))
    expect(page.get_by_text("Your hour is moved.")).to_be_visible()
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 9)

    press(page, page.get_by_role("link", name="Cancel", exact=True))
    heading(page, "Cancel your hour?")
    assert_usable(page)
    tab_to(page, page.get_by_label("Why do you cancel?"))
    page.keyboard.type("A colleague is ill")
    press(page, page.get_by_role("button", name="Cancel this hour"))
    expect(page.get_by_text("Your hour is cancelled.")).to_be_visible()
    assert_usable(page)
    booking.refresh_from_db()
    assert (booking.state, booking.cancel_reason) == ("cancelled", "A colleague is ill")


@pytest.mark.parametrize("width", WIDTHS)
def test_waits_in_line_and_takes_the_offer_from_the_mail_by_keyboard(
    width: int, queue: Queue, cast: SimpleNamespace, open_page: OpenPage, day: date
) -> None:
    Queue.objects.update(hours_per_customer=3)
    queue.refresh_from_db()
    taken = [book_hour(queue, cast.globex, at(day, hour), contact=cast.globex_contact) for hour in (9, 10, 11)]
    page = open_page(f"/portal/hours/book/{queue.slug}/", cast.acme_contact.user, width=width)
    expect(page.get_by_text("Every hour up to")).to_be_visible()
    assert_usable(page)
    press(page, page.get_by_role("link", name="Join the waiting list"))
    heading(page, "Join the waiting list")
    assert_usable(page)
    tab_to(page, page.get_by_label("Reports"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Something else")).to_be_checked()
    tab_to(page, page.get_by_label("In your own words"))
    page.keyboard.type("Webhooks")
    press(page, page.get_by_role("button", name="Put me on the list"))
    heading(page, "You are in line")
    expect(page.get_by_text("You are 1st in line.")).to_be_visible()
    assert_usable(page)

    mail.outbox.clear()
    cancel_booking(actor=cast.specialist, booking=taken[1], as_customer=False)
    do_waiting_work()
    [offered] = [message for message in mail.outbox if message.to == [cast.acme_contact.email]]
    [address] = re.findall(r"https?://\S+/h/offer/\S+", str(offered.body))
    # The link works for whoever has the mail, in a browser that nobody is logged in with.
    stranger = open_page(urlsplit(address).path, width=width)
    heading(stranger, "An hour has become free for you")
    assert_usable(stranger)
    press(stranger, stranger.get_by_role("button", name="Take this hour"))
    heading(stranger, "The hour is yours")
    assert_usable(stranger)
    booking = Booking.objects.get(customer=cast.acme)
    assert (booking.starts_at, booking.topic_text, booking.source) == (at(day, 10), "Webhooks", "waiting_list")
    assert WaitingEntry.objects.get().state == "booked"
    assert Offer.objects.get().state == "taken"


def test_books_and_moves_without_javascript(
    queue: Queue, cast: SimpleNamespace, open_page: OpenPage, day: date
) -> None:
    page = open_page("/portal/hours/", cast.acme_contact.user, width=390, javascript=False)
    page.get_by_role("link", name="Book an hour").click()
    page.get_by_label("Your time zone").select_option("Asia/Kolkata")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Times are in Kolkata")).to_be_visible()
    hour_button(page, "3:30").click()
    expect(page.get_by_text("Held for you until")).to_be_visible()
    page.get_by_role("button", name="Book this hour").click()
    expect(page.get_by_text("Say in a few words what it is about")).to_be_hidden()
    expect(page.get_by_text("This field is required")).to_be_visible()
    page.get_by_label("Your situation").fill("Typed once")
    page.get_by_role("button", name="Choose another hour").click()
    expect(page.get_by_label("Your situation")).to_have_value("Typed once")
    page.get_by_role("button", name=re.compile(r" 4:30\sPM to")).click()
    expect(page.get_by_label("Your situation")).to_have_value("Typed once")
    page.get_by_label("Reports").check()
    page.get_by_role("button", name="Book this hour").click()
    heading(page, "Your hour is booked")
    booking = Booking.objects.get()
    assert (booking.starts_at, booking.situation) == (at(day, 11), "Typed once")
    assert booking.time_zone == "Asia/Kolkata"

    page.goto(urlsplit(links.change_url(booking)).path)
    page.locator(".week-hours .hour").first.click()
    page.get_by_role("button", name="Yes, move it").click()
    heading(page, "Your hour is moved")
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 9)


def test_zone_of_the_browser_is_used_until_another_is_chosen(
    queue: Queue, cast: SimpleNamespace, chromium, live_server, day: date
) -> None:
    context = chromium.new_context(base_url=live_server.url, timezone_id="Asia/Kathmandu")
    page = context.new_page()
    page.goto(urlsplit(links.book_url(cast.acme_contact, queue)).path)
    expect(page.get_by_text("Times are in Kathmandu")).to_be_visible()
    expect(hour_button(page, "2:45")).to_be_visible()
    page.get_by_label("Your time zone").select_option("Europe/Berlin")
    expect(page.get_by_text("Times are in Berlin")).to_be_visible()
    expect(hour_button(page, "2:45")).to_have_count(0)
    context.close()


def test_hour_that_somebody_takes_meanwhile_loses_nothing_typed(
    queue: Queue, cast: SimpleNamespace, open_page: OpenPage, day: date
) -> None:
    page = open_page(f"/portal/hours/book/{queue.slug}/", cast.acme_contact.user)
    page.locator(".week-hours .hour").nth(1).click()
    page.get_by_label("Something else").check()
    page.get_by_label("In your own words").fill("My own topic")
    page.get_by_label("Your situation").fill("A long story")
    commitment = queue.holds.get().commitment
    commitment.expires_at = timezone.now() - timedelta(seconds=1)
    commitment.save()
    book_hour(queue, cast.globex, at(day, 10), contact=cast.globex_contact)
    page.get_by_role("button", name="Book this hour").click()
    expect(page.get_by_text("Somebody else has just taken this hour")).to_be_visible()
    expect(page.get_by_label("Your situation")).to_have_value("A long story")
    assert_usable(page)
    page.locator(".nearest .hour").first.click()
    expect(page.get_by_label("In your own words")).to_have_value("My own topic")
    page.get_by_role("button", name="Book this hour").click()
    heading(page, "Your hour is booked")
    assert Booking.objects.get(customer=cast.acme).situation == "A long story"
