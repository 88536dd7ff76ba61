"""The pages of newsletters in a real browser: wide and narrow, usable by anybody, and nothing typed is lost."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from newsletters.actions.blocks import change_block, remove_block
from newsletters.models import Block, DeliveryTally, Issue, NewsletterSettings
from tests.browser.conftest import OpenPage, assert_usable
from tests.newsletters.makers import make_delivery, make_issue, make_topic

WIDTHS = [1440, 390]


@pytest.fixture
def issue(cast: SimpleNamespace) -> Issue:
    """Return a draft with a text and a card."""
    NewsletterSettings.objects.update_or_create(pk=1, defaults={"postal_address": "1 Main Street, Springfield"})
    issue = make_issue(
        "November news",
        topic=make_topic(),
        text="Hello {{ contact.first_name | there }},\n\nreports are **twice as fast** now.",
        created_by=cast.csm,
        editor=cast.csm,
        subject="Reports twice as fast",
        preheader="And three other things",
        send_at=None,
        planned_on=timezone.localdate() + timedelta(days=2),
    )
    card = {"title": "How it works", "text": "Three minutes.", "url": "https://company.example/reports", "label": ""}
    Block.objects.create(issue=issue, position=2, kind="link_card", data=card)
    return issue


@pytest.fixture
def sending(cast: SimpleNamespace, issue: Issue) -> Issue:
    """Return an issue on its way, of which each of three mails came to another end."""
    under_way = make_issue("October news", state="sending", started_at=timezone.now(), frozen_at=timezone.now())
    make_delivery(under_way, cast.acme_contact, state="sent")
    make_delivery(under_way, cast.globex_contact, state="unknown", answer="The connection broke after the message")
    make_delivery(under_way, cast.acme_contact, address="gone@acme.example", state="failed", answer="550 5.1.1 No box")
    make_delivery(under_way, cast.acme_contact, address="late@acme.example")
    assert DeliveryTally.objects.filter(issue=under_way).exists()
    return under_way


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_page_is_usable(
    width: int, theme: str, cast: SimpleNamespace, issue: Issue, sending: Issue, open_page: OpenPage
) -> None:
    page = open_page("/newsletters/", cast.specialist, width=width, theme=theme)
    expect(page.get_by_role("link", name="November news")).to_be_visible()
    assert_usable(page)
    for path in ("calendar/", "new/"):
        page.goto(f"/newsletters/{path}")
        assert_usable(page)
    for path in ("content", "audience", "checks", "approval", "schedule", "preview", "test", "plan", "details"):
        page.goto(f"/newsletters/{issue.pk}/{path}/")
        page.wait_for_load_state("networkidle")
        assert_usable(page)
    page.goto(f"/newsletters/{sending.pk}/progress/")
    expect(page.get_by_text("3 of 4")).to_be_visible()
    assert_usable(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_blocks_are_edited_in_place(width: int, cast: SimpleNamespace, issue: Issue, open_page: OpenPage) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm, width=width)
    mail = page.frame_locator("iframe.preview-frame")
    expect(mail.get_by_text("twice as fast", exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit block 1").click()
    text = page.get_by_role("textbox", name="Text")
    expect(text).to_be_focused()
    text.fill("Good morning ")
    page.get_by_text("Fill in").first.click()
    page.get_by_role("button", name="First name").first.click()
    expect(text).to_have_value("Good morning {{ contact.first_name | there }}")
    assert_usable(page)
    # What is typed stays while other blocks are moved around.
    page.get_by_role("button", name="Move block 2 up").click()
    expect(page.get_by_role("button", name="Move block 1 down")).to_be_enabled()
    expect(text).to_have_value("Good morning {{ contact.first_name | there }}")
    page.get_by_role("button", name="Save").click()
    expect(mail.get_by_text("Good morning there")).to_be_visible()
    assert [block.kind for block in issue.blocks.all()] == ["link_card", "text"]

    page.get_by_role("button", name="Remove block 1").click()
    expect(page.get_by_text("The block is removed.")).to_be_visible()
    assert issue.blocks.count() == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("article", name="Link card 1")).to_be_visible()
    assert [block.kind for block in issue.blocks.all()] == ["link_card", "text"]


def test_two_people_at_once_lose_nothing(cast: SimpleNamespace, issue: Issue, open_page: OpenPage) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm)
    page.get_by_role("link", name="Edit block 1").click()
    text = page.get_by_role("textbox", name="Text")
    text.fill("Mine")
    block = issue.blocks.get(position=1)
    change_block(actor=cast.specialist, block=block, data={"body": "Theirs"})
    page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert")
    expect(conflict).to_contain_text("Specialist has changed this block since you opened it.")
    expect(conflict).to_contain_text("Theirs")
    expect(page.get_by_role("textbox", name="Text")).to_have_value("Mine")
    assert_usable(page)
    block.refresh_from_db()
    assert block.data == {"body": "Theirs"}
    page.get_by_role("button", name="Save").click()
    expect(page.frame_locator("iframe.preview-frame").get_by_text("Mine")).to_be_visible()


@pytest.mark.parametrize(("width", "way"), [(1440, "Desktop"), (390, "Phone")])
@pytest.mark.parametrize("step", ["content", "preview"])
def test_the_preview_begins_as_the_screen_is(
    width: int, way: str, step: str, cast: SimpleNamespace, issue: Issue, open_page: OpenPage
) -> None:
    page = open_page(f"/newsletters/{issue.pk}/{step}/", cast.csm, width=width)
    ways = page.get_by_role("navigation", name="How to look at it")
    expect(ways.locator("[aria-current=true]")).to_have_text(way)
    ways.get_by_role("link", name="Plain text").click()
    expect(page.locator(".preview-text")).to_be_visible()
    ways.get_by_role("link", name="Desktop").click()
    frame = page.locator("iframe.preview-desktop")
    frame.scroll_into_view_if_needed()
    expect(page.frame_locator("iframe.preview-desktop").get_by_text("twice as fast", exact=True)).to_be_visible()
    # The mail is as wide as on a desktop (without the frame's edge), and all of it fits on the screen.
    assert frame.evaluate("frame => frame.clientWidth") in range(596, 601)
    stage = page.locator(".preview-stage")
    assert stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth")
    assert_usable(page)
    # What somebody asked for is not chosen anew.
    page.goto(f"/newsletters/{issue.pk}/{step}/?way=desktop")
    page.wait_for_load_state("networkidle")
    expect(ways.locator("[aria-current=true]")).to_have_text("Desktop")


def test_what_was_refused_is_not_left_behind_unasked(cast: SimpleNamespace, issue: Issue, open_page: OpenPage) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_role("link", name="Edit block 1").click()
    text = page.get_by_role("textbox", name="Text")
    text.fill("Hello {{ nobody }}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is no variable “nobody”.")).to_be_visible()
    expect(text).to_have_value("Hello {{ nobody }}")
    page.goto("/newsletters/")
    assert asked == ["beforeunload"]
    # Saved, it is left without a question.
    page.goto(f"/newsletters/{issue.pk}/content/?open={issue.blocks.first().pk}")
    text.fill("Hello")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Edit block 1")).to_be_visible()
    page.goto("/newsletters/")
    assert asked == ["beforeunload"]


def test_a_block_that_a_colleague_removed_is_brought_back_with_what_was_typed(
    cast: SimpleNamespace, issue: Issue, open_page: OpenPage
) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm)
    page.get_by_role("link", name="Edit block 1").click()
    page.get_by_role("textbox", name="Text").fill("Mine")
    remove_block(actor=cast.specialist, block=issue.blocks.get(position=1))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody has removed this block since you opened it.")
    assert_usable(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Edit block 1")).to_be_visible()
    expect(page.get_by_role("article", name="Text 1")).to_contain_text("Mine")
    assert [block.kind for block in issue.blocks.all()] == ["text", "link_card"]


def test_a_test_is_sent_from_the_preview(cast: SimpleNamespace, issue: Issue, open_page: OpenPage) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm)
    page.get_by_label("See it as this contact").fill("ann@acme")
    page.get_by_role("link", name="ann@acme.example").click()
    expect(page.frame_locator("iframe.preview-frame").get_by_text("Hello Ann")).to_be_visible()
    page.get_by_role("link", name="Send a test").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To").fill("somebody@else.example")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("is no colleague with a login")
    dialog.get_by_label("To").fill(cast.csm.email)
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text(f"The test is on its way to {cast.csm.email}.")).to_be_visible()
    expect(dialog).to_be_hidden()


def work_without_scripts(page: Page) -> None:
    """Add a block and move it, with links and buttons alone."""
    page.get_by_text("Add a block", exact=True).click()
    page.get_by_role("link", name="Text", exact=True).last.click()
    page.get_by_role("textbox", name="Text").fill("The last word")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Move block 3 up").click()
    page.get_by_role("button", name="Remove block 1").click()
    page.get_by_role("button", name="Undo").click()


def test_it_works_without_scripts(cast: SimpleNamespace, issue: Issue, open_page: OpenPage) -> None:
    page = open_page(f"/newsletters/{issue.pk}/content/", cast.csm, javascript=False)
    work_without_scripts(page)
    assert [block.kind for block in issue.blocks.all()] == ["text", "text", "link_card"]
    page.get_by_role("link", name="Edit subject and sender").click()
    page.get_by_role("textbox", name="Subject").first.fill("Another subject")
    page.get_by_role("button", name="Save").click()
    issue.refresh_from_db()
    assert (issue.subject, issue.state) == ("Another subject", "draft")
