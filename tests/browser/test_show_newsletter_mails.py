"""Mails in a real Chromium: nothing in them runs, they load nothing from elsewhere, and everybody can read them."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Dialog, Error, Page, Request
from pytest_django.live_server_helper import LiveServer

from accounts.models import Contact
from newsletters.links import token_of
from newsletters.models import Block, Issue, NewsletterSettings, Picture
from newsletters.queries.preview import edition_for_preview, recipient_for_preview
from newsletters.rendering.edition import edition_of
from newsletters.rendering.preview import archive_html
from newsletters.rendering.recipients import recipients_of
from tests.browser.conftest import RULES, OpenPage, faults_of
from tests.newsletters.content import images, pages
from tests.newsletters.content.attacks import LINES, MARKDOWN, TEMPLATES, VALUES
from tests.newsletters.content.conftest import read_back, text_of
from tests.newsletters.makers import make_delivery, make_issue

LOOKS = [(1440, "light"), (390, "light"), (1440, "dark"), (390, "dark")]
# A mail is no page: the program that shows it has the landmarks around it.
MAIL_RULES = RULES | {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
DANGEROUS = (
    "script, iframe, object, embed, form, input, base[href], link, svg, math, video, audio, meta[http-equiv=refresh]"
)
HREFS = "[...document.querySelectorAll('a[href]')].map((a) => a.protocol)"
HANDLERS = (
    "[...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length"
)


class Watch:
    """A page whose dialogs and requests are noted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialogs: list[str] = []
        self.requests: list[Request] = []
        page.on("dialog", self._note_dialog)
        page.on("request", lambda request: self.requests.append(request))

    def _note_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        # An attack may open one after the other, and take one back by itself.
        with contextlib.suppress(Error):
            dialog.dismiss()

    def hosts(self) -> set[str]:
        """Return the hosts that were asked for anything."""
        return {urlsplit(request.url).netloc for request in self.requests}


@pytest.fixture
def watch(chromium: Browser, live_server: LiveServer, settings: Any) -> Iterator[Watch]:
    """Return a page at the address of a server that shows mails."""
    settings.ROOT_URLCONF = "tests.newsletters.content.pages"
    settings.PUBLIC_URL = live_server.url
    context = chromium.new_context(base_url=live_server.url)
    yield Watch(context.new_page())
    context.close()


def mail_to(issue: Issue, contact: Contact) -> str:
    """Return the mail's HTML as an editor sees it."""
    return edition_for_preview(issue).html(recipient_for_preview(contact))


def attacked(cast: SimpleNamespace) -> Issue:
    """Return an issue with every attack in it, in every place."""
    issue = make_issue("Attack", sender_name=LINES[0])
    issue.subject, issue.preheader = MARKDOWN[0], VALUES[6]
    texts = [*MARKDOWN, *VALUES, *TEMPLATES, *(line.replace("\0", "") for line in LINES)]
    for position, evil in enumerate(texts, 2):
        kind = ("text", "product_update", "booking_invitation", "link_card")[position % 4]
        data = {
            "body": evil,
            "title": evil,
            "text": evil,
            "label": evil,
            "url": "https://company.example/",
            "update": "new",
        }
        Block.objects.create(issue=issue, position=position, kind=kind, data=data)
    Block.objects.create(issue=issue, position=1000, kind="text", data={"body": "Hello {{ contact.first_name }}"})
    cast.acme_contact.first_name = VALUES[6]
    cast.acme_contact.save()
    return issue


def test_no_attack_runs_in_the_mail_nor_in_its_preview(cast: SimpleNamespace, watch: Watch) -> None:
    issue = attacked(cast)
    edition = edition_of(issue)
    row = (make_delivery(issue, cast.acme_contact).pk, cast.acme_contact.pk, cast.acme_contact.email, "")
    [recipient] = recipients_of([row], edition.variables)
    sent = text_of(read_back(edition.mail(recipient)), "html")
    for path, html in (
        ("/bare/", sent),
        ("/bare/", mail_to(issue, cast.acme_contact)),
        ("/framed/", mail_to(issue, cast.acme_contact)),
        ("/framed/", archive_html(issue)),
    ):
        pages.shown["html"] = html
        watch.page.goto(path, wait_until="networkidle")
        assert not watch.dialogs
        assert watch.page.locator(DANGEROUS).count() == 0
        assert watch.page.evaluate(HANDLERS) == 0
        assert set(watch.page.evaluate(HREFS)) <= {"http:", "https:", "mailto:"}
        assert watch.hosts() == {urlsplit(watch.page.url).netloc}
    # What was meant to run is there to be read.
    assert watch.page.get_by_text("alert(1)").count() > 20


def test_the_frame_alone_would_stop_it(cast: SimpleNamespace, watch: Watch) -> None:
    raw = "<!doctype html><html lang=en><body>" + "\n".join([*VALUES, *MARKDOWN]) + "</body></html>"
    pages.shown["html"] = raw.replace("<!-- comment", "").replace("https://evil.example", "/n/evil")
    # Left to itself the browser runs it: what the other test finds missing would be found.
    watch.page.goto("/bare/", wait_until="networkidle")
    assert "1" in watch.dialogs
    held = Watch(watch.page.context.new_page())
    for path in ("/framed/", "/around/"):
        held.page.goto(path, wait_until="networkidle")
        assert held.page.url.endswith(path)
    assert not held.dialogs
    frame = next(frame for frame in held.page.frames if frame.url.endswith("/framed/"))
    # The page around it is another origin to it.
    assert frame.evaluate("self.origin") == "null"


def test_no_attack_runs_in_the_pages_that_show_it(
    cast: SimpleNamespace,
    open_page: OpenPage,
    live_server: LiveServer,
    settings: Any,
) -> None:
    settings.PUBLIC_URL = live_server.url
    NewsletterSettings.current()
    NewsletterSettings.objects.update(archive="public")
    issue = attacked(cast)
    delivery = make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())
    counts = {"total": 1, "sent": 1, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    Issue.objects.update(state="finished", ended_at=timezone.now(), **counts)
    preview = f"/newsletters/{issue.pk}/preview/"
    contact = f"?contact={cast.acme_contact.pk}"
    for path, person in (
        (f"{preview}{contact}", cast.specialist),
        (f"{preview}mail/{contact}", cast.specialist),
        (f"/newsletters/{issue.pk}/content/", cast.specialist),
        (f"/n/{token_of(delivery.pk)}/", None),
        (f"/n/{token_of(delivery.pk)}/mail/", None),
        (f"/archive/{issue.uid}/", None),
        (f"/archive/{issue.uid}/mail/", None),
    ):
        shown = Watch(open_page(None, person))
        answer = shown.page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        assert not shown.dialogs, path
        assert shown.hosts() == {urlsplit(live_server.url).netloc}, path
        mails = [frame for frame in shown.page.frames if frame.url.partition("?")[0].endswith("/mail/")]
        assert mails or path.endswith("/content/"), path
        for mail in mails:
            assert mail.evaluate("self.origin") == "null"
            assert mail.locator(DANGEROUS).count() == 0
            assert mail.evaluate(HANDLERS) == 0
            assert mail.get_by_text("alert(1)").count() > 20


BODY = """Hello {{ contact.first_name | there }},

# Reports got quicker

- one
- two with [a link](https://company.example/two)

> Somebody said so.

## More of it

1. first
2. second

`code` and **bold**

---

    long code
"""


def full_issue(language: str = "en") -> Issue:
    """Return an issue with every kind of block."""
    house = NewsletterSettings.current()
    house.postal_address = "1 Main Street\nSpringfield"
    house.save()
    issue = make_issue("Reports got quicker", text=BODY, language=language, preheader="And what else is new")
    picture = Picture.objects.create(
        issue=issue, content_type="image/png", width=1072, height=400, data=images.png(1072, 400)
    )
    blocks = {
        "picture": {"picture": str(picture.uid), "alt": "A rising line", "caption": "In November", "url": ""},
        "link_card": {"title": "A card", "text": "With words", "url": "https://company.example/card", "label": ""},
        "product_update": {
            "update": "new",
            "title": "Exports",
            "body": "As a *file*.",
            "url": "https://company.example/u",
        },
        "booking_invitation": {"title": "An hour for your questions", "body": "With an expert.", "label": ""},
    }
    for position, (kind, data) in enumerate(blocks.items(), 2):
        Block.objects.create(issue=issue, position=position, kind=kind, data=data)
    return issue


@pytest.mark.parametrize("language", ["en", "ar"])
def test_everybody_can_read_the_mail(language: str, cast: SimpleNamespace, watch: Watch) -> None:
    pages.shown["html"] = mail_to(full_issue(language), cast.acme_contact)
    for width, theme in LOOKS:
        watch.page.set_viewport_size({"width": width, "height": 900})
        watch.page.emulate_media(color_scheme=theme)
        watch.page.goto("/bare/", wait_until="networkidle")
        assert faults_of(watch.page, MAIL_RULES) == [], (width, theme)
        assert watch.page.evaluate("document.documentElement.lang") == language
        assert watch.page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        # The picture was loaded from its address.
        picture = watch.page.get_by_alt_text("A rising line")
        assert picture.evaluate("(one) => one.naturalWidth") == 1072
        assert not watch.page.locator("table:not([role=presentation])").count()
