"""A newsletter from the proposal to its figures: proposed, voted for, written, approved, scheduled, watched and paused.

The web server, the worker, its beat, the broker and the mail server are real; each mail arrives once.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from accounts.models import Contact
from cs_platform.embedded import sharing
from cs_platform.embedded.folder import DataFolder
from newsletters.models import Issue, NewsletterSettings, Pace, Proposal
from tests import programs
from tests.browser.conftest import OpenPage, assert_usable
from tests.browser.test_journey_book_hour import press, tab_to
from tests.cast import make_customer
from tests.faults.test_booking_mails import environment
from tests.newsletters.makers import make_topic
from tests.newsletters.pump.making import started_sink
from tests.newsletters.pump.sink import Sink
from tests.platform.conftest import folder  # noqa: F401  a data folder for a broker of the test's own

pytestmark = [pytest.mark.slow, pytest.mark.servers, pytest.mark.xdist_group("servers")]

READERS = 90
# Slow enough to be watched and paused, quick enough for a test.
MAILS_A_MINUTE = 300


@pytest.fixture
def readers(cast: SimpleNamespace) -> int:
    """Return how many contacts of tech-touch customers there are, with a topic and house rules for their newsletter."""
    make_topic(description="What is new in the product.")
    rules = {"postal_address": "1 Main Street, Springfield", "quiet_from": 0, "quiet_until": 0}
    NewsletterSettings.objects.update_or_create(pk=1, defaults=rules)
    Pace.objects.create(domain="", per_minute=MAILS_A_MINUTE)
    customer = make_customer("Initech", tier="tech")
    Contact.objects.bulk_create(
        Contact(customer=customer, first_name=f"Reader {n}", email=f"reader{n}@initech.example") for n in range(READERS)
    )
    return READERS


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    """Return the mail server."""
    with started_sink(tmp_path, settings) as sink:
        yield sink


@pytest.fixture
def worker(sink: Sink, folder: DataFolder, tmp_path: Path) -> Iterator[None]:  # noqa: F811
    """Run a worker with its beat and its broker."""
    sharing.use_valkey(folder)
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "cs_platform", "worker", "--beat"]
    command = [*celery, "--concurrency", "2", "--queues", "celery,bulk", "--schedule", str(tmp_path / "schedule")]
    env = environment(folder) | {"SECRET_KEY": django_settings.SECRET_KEY}
    with programs.started(command, env=env, log=tmp_path / "worker.log"):
        yield


def test_a_newsletter_from_proposal_to_figures(
    cast: SimpleNamespace, readers: int, sink: Sink, worker: None, open_page: OpenPage
) -> None:
    propose(open_page("/newsletters/proposals/", cast.csm))
    vote(open_page("/newsletters/proposals/", cast.other_csm))
    write(open_page("/newsletters/", cast.csm), reviewer="Specialist")
    page = open_page("/newsletters/?stage=review", cast.specialist)
    approve(page)
    schedule(page)
    watch(page, readers)
    read_figures(page, readers)
    # Each reader once; and the colleagues who were asked to approve it, and told that it is.
    mailed = [*(f"reader{n}@initech.example" for n in range(readers)), cast.specialist.email, cast.csm.email]
    assert sink.addresses() == dict.fromkeys(mailed, 1)
    assert Issue.objects.get().state == "finished"


def propose(page: Page) -> None:
    """Propose what customers ask about."""
    assert_usable(page)
    press(page, page.get_by_role("link", name="Propose something").first)
    page.get_by_label("What about?").fill("Faster reports")
    press(page, page.get_by_role("button", name="Propose"))
    expect(page.get_by_role("main")).to_contain_text("Faster reports")


def vote(page: Page) -> None:
    """Vote for what a colleague proposed."""
    button = page.get_by_role("button", name="Vote for Faster reports")
    press(page, button)
    expect(page.get_by_role("button", name="Voted for Faster reports")).to_be_visible()


def write(page: Page, *, reviewer: str) -> None:
    """Begin an issue with the proposal, write it with the preview beside, say who gets it, and ask for approval."""
    assert_usable(page)
    press(page, page.get_by_role("link", name="New newsletter").first)
    page.get_by_role("textbox", name="Title").fill("November news")
    page.get_by_role("checkbox", name="Faster reports").check()
    assert_usable(page)
    press(page, page.get_by_role("button", name="Begin", exact=True))
    expect(page.get_by_role("heading", level=1, name="November news")).to_be_visible()
    assert Proposal.objects.get().state == "planned"

    press(page, page.get_by_role("link", name="Edit block 1"))
    text = page.get_by_role("textbox", name="Text")
    expect(text).to_be_focused()
    text.fill("## Faster reports\n\nGood morning {{ contact.first_name | there }}, reports take **seconds** now.")
    press(page, page.get_by_role("button", name="Save"))
    mail = page.frame_locator("iframe.preview-frame")
    expect(mail.get_by_text("Good morning there")).to_be_visible()
    page.get_by_label("See it as this contact").fill("ann@acme")
    page.get_by_role("link", name="ann@acme.example").click()
    expect(mail.get_by_text("Good morning Ann")).to_be_visible()
    assert_usable(page)

    press(page, page.get_by_role("link", name="Next: who gets it"))
    tab_to(page, page.get_by_role("checkbox", name="Tech touch"))
    page.keyboard.press("Space")
    expect(page.locator("#audience-count")).to_contain_text(f"{READERS} contacts get it")
    assert_usable(page)
    press(page, page.get_by_role("button", name="Save the audience"))
    expect(page.get_by_text(f"{READERS} contacts get it now.")).to_be_visible()
    press(page, page.get_by_role("link", name="Next: checks"))
    expect(page.get_by_role("link", name="Next: approval")).to_be_visible()
    expect(page.get_by_role("heading", name="Mend before it can be sent")).to_have_count(0)
    assert_usable(page)
    press(page, page.get_by_role("link", name="Next: approval"))
    page.get_by_label("Reviewer").select_option(label=reviewer)
    assert_usable(page)
    press(page, page.get_by_role("button", name="Ask for approval"))
    expect(page.get_by_text(f"{reviewer} can decide now.")).to_be_visible()


def approve(page: Page) -> None:
    """Read what waits, and approve it."""
    press(page, page.get_by_role("main").get_by_role("link", name="November news"))
    expect(page.frame_locator("iframe.preview-frame").get_by_text("Good morning there")).to_be_visible()
    press(page, page.get_by_role("navigation", name="Steps").get_by_role("link", name="Approval"))
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert_usable(page)
    press(page, page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("It is approved as it is.")).to_be_visible()


def schedule(page: Page) -> None:
    """Send it now."""
    press(page, page.get_by_role("link", name="Next: when it is sent"))
    page.get_by_role("radio", name="Now").check()
    expect(page.get_by_label("Day")).to_be_hidden()
    assert_usable(page)
    press(page, page.get_by_role("button", name="Schedule", exact=True))
    confirm = page.get_by_role("dialog").get_by_role("button", name="Schedule")
    press(page, confirm)
    expect(page.get_by_text("It is on its way.")).to_be_visible()


def watch(page: Page, readers: int) -> None:
    """Watch it go out, pause it, look again, resume it, and see it end by itself."""
    page.goto("/newsletters/")
    bar = page.get_by_role("region", name="Under way").get_by_role("link", name="November news")
    expect(bar).to_be_visible()
    expect(page.get_by_role("region", name="Under way")).to_contain_text(f"of {readers}", timeout=90_000)
    press(page, bar)
    expect(page.get_by_role("heading", name="On its way")).to_be_visible(timeout=90_000)
    expect(page.locator(".progress-percent")).not_to_have_text("0 %", timeout=90_000)
    assert_usable(page)
    press(page, page.get_by_role("button", name="Pause"))
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    assert_usable(page)
    assert Issue.objects.get().state == "paused"
    press(page, page.get_by_role("button", name="Resume"))
    # The page asks for its news by itself until there is none.
    expect(page.get_by_role("heading", name="Sent", exact=True)).to_be_visible(timeout=180_000)
    expect(page.locator(".progress-figures")).to_contain_text("100 %")


def read_figures(page: Page, readers: int) -> None:
    """Read what became of it."""
    press(page, page.get_by_role("link", name="Figures"))
    expect(page.locator("dl.figures").first).to_contain_text(str(readers))
    assert_usable(page)
