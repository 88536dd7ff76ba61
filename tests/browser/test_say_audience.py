"""The fields of an audience, and the pages behind a mail's links, in a real browser."""

from types import SimpleNamespace

from django.utils import timezone
from playwright.sync_api import expect

from newsletters import links
from newsletters.models import Preference, Suppression
from tests.browser.conftest import FaultsInEveryLook, OpenPage
from tests.newsletters.makers import make_delivery, make_issue, make_topic

NEW_NOTICE = "/newsletters/notices/new/"


def test_counts_while_conditions_and_people_are_chosen(cast: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(NEW_NOTICE, cast.specialist)
    count = page.locator("#audience-count")
    expect(count).to_contain_text("2 contacts get it")
    page.locator("#audience-fields").get_by_role("button", name="Condition").first.click()
    page.get_by_label("Field").select_option("country")
    page.get_by_label("Country: add a value").fill("DE")
    page.get_by_label("Country: add a value").press("Enter")
    expect(count).to_contain_text("1 contact gets it")
    expect(count).to_contain_text("country DE")
    page.get_by_label("Search contacts and customers to pick").fill("ann")
    page.get_by_label("Ann").check()
    expect(count).to_contain_text("2 contacts get it")
    # Another search keeps who is ticked.
    page.get_by_label("Search contacts and customers to pick").fill("gil")
    expect(page.get_by_label("Gil")).to_be_visible()
    expect(page.get_by_label("Ann")).to_be_checked()


def test_pages_of_an_audience_and_of_mails_are_usable_in_every_look(
    cast: SimpleNamespace, faults_in_every_look: FaultsInEveryLook
) -> None:
    make_topic("Events", description="Webinars and meetings")
    issue = make_issue(state="sending")
    mail = make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())
    kept = Suppression.objects.create(address="gone@acme.example", reason="bounced", origin="smtp", detail="No mailbox")
    start = f"/n/{links.token_of(mail.pk)}/"
    faults = faults_in_every_look([f"{start}unsubscribe/", f"{start}preferences/", "/n/preview/"])
    lists = ["/newsletters/suppressed/", "/newsletters/suppressed/add/", f"/newsletters/suppressed/{kept.pk}/lift/"]
    contact = f"/newsletters/contacts/{cast.acme_contact.pk}/preferences/"
    faults += faults_in_every_look([NEW_NOTICE, *lists], cast.specialist)
    faults += faults_in_every_look([contact], cast.csm)
    assert not faults, "\n".join(faults)


def test_declines_and_chooses_without_scripts(cast: SimpleNamespace, open_page: OpenPage) -> None:
    issue = make_issue(state="sending")
    mail = make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())
    page = open_page(f"/n/{links.token_of(mail.pk)}/unsubscribe/", javascript=False)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    page.get_by_role("link", name="Choose what else you get").click()
    page.get_by_label("Product news by mail").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_contain_text("Your choice is saved")
    assert Preference.objects.get().wants
