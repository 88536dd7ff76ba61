"""Working hours, absences and the calendar in a browser: with and without JavaScript, by keyboard, by anybody."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from calendars.actions.absences import enter_absence
from calendars.models import Absence, SpecialDay, WorkPattern, WorkPeriod
from tests.browser.conftest import FaultsInEveryLook, OpenPage, assert_usable

pytestmark = pytest.mark.django_db(transaction=True)


def monday(weeks: int = 2) -> str:
    today = timezone.now().date()
    return (today + timedelta(days=7 * weeks - today.weekday())).isoformat()


def test_a_week_is_set_by_keyboard_without_javascript(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/hours/", cast.csm, javascript=False)
    page.get_by_label("From which day on").fill(monday())
    page.get_by_role("button", name="Add a period to Saturday").press("Enter")
    expect(page.get_by_label("Saturday, period 1, from")).to_be_focused()
    page.get_by_label("Saturday, period 1, from").fill("10:00")
    page.get_by_label("Saturday, period 1, to").fill("12:00")
    page.get_by_role("button", name="Remove period 2 of Friday").press("Enter")
    expect(page.get_by_label("Friday, period 2, from")).to_have_count(0)
    page.get_by_label("Monday, period 1, from").fill("08:15")
    # Enter in a field saves; it takes no row away.
    page.get_by_label("Monday, period 1, from").press("Enter")
    expect(page.get_by_text("is saved")).to_be_visible()
    assert WorkPattern.objects.get().starts_on.isoformat() == monday()
    saved = list(WorkPeriod.objects.order_by("weekday", "starts").values_list("weekday", "starts", "ends"))
    assert saved[:2] == [(0, 495, 720), (0, 780, 1080)]
    assert saved[-2:] == [(4, 540, 720), (5, 600, 720)]


def test_rows_and_holidays_come_in_place_with_javascript(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/hours/", cast.csm, width=390)
    page.get_by_role("button", name="Add a period to Sunday").click()
    expect(page.get_by_label("Sunday, period 1, from")).to_be_focused()
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Show the holidays there").click()
    expect(page.get_by_label("State or province")).to_be_visible()
    expect(page.get_by_label("Sunday, period 1, from")).to_be_visible()
    assert_usable(page)
    page.get_by_role("link", name="Add a day").click()
    dialog = page.get_by_role("dialog", name="A day that differs")
    dialog.locator("#id_on").fill(monday())
    dialog.get_by_role("button", name="Add a period").click()
    dialog.get_by_label("Hours on this day, period 2, from").fill("09:00")
    dialog.get_by_role("button", name="Save the day").click()
    expect(dialog.get_by_text("Fill in both times")).to_be_visible()
    dialog.get_by_label("Hours on this day, period 2, to").fill("11:00")
    assert_usable(page)
    dialog.get_by_role("button", name="Save the day").click()
    expect(page.get_by_text("09:00–11:00")).to_be_visible()
    assert SpecialDay.objects.get().on.isoformat() == monday()


def test_an_absence_is_entered_and_cancelled(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page("/absences/", cast.csm)
    page.get_by_role("link", name="Enter an absence").first.click()
    page.locator("#id_first").fill(monday())
    page.locator("#id_last").fill(monday())
    page.get_by_label("Stands in").select_option(label="Other Csm")
    page.get_by_role("button", name="See what it lies upon").click()
    expect(page.get_by_text("Nothing: no booked hour")).to_be_visible()
    page.get_by_role("button", name="Enter the absence").click()
    expect(page.get_by_text("The absence is entered.")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Cancel the absence").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the absence").click()
    expect(page.get_by_text("The absence is cancelled")).to_be_visible()
    assert Absence.objects.get().cancelled_at is not None


def test_every_page_is_usable_by_anybody(cast: SimpleNamespace, faults_in_every_look: FaultsInEveryLook) -> None:
    today = timezone.now().date()
    enter_absence(actor=None, person=cast.csm, first=today, last=today + timedelta(days=5), cover=cast.other_csm)
    enter_absence(actor=None, person=cast.manager, first=today, last=today + timedelta(days=2), ends=720)
    enter_absence(actor=None, person=cast.other_csm, first=today, last=today, cover=cast.csm)
    paths = ["/hours/", "/absences/", "/absences/new/", "/calendar/", "/calendar/?view=weeks"]
    faults = faults_in_every_look(paths, cast.manager)
    assert not faults, "\n".join(faults)
