"""The links of a mail: one-click unsubscribe as RFC 8058 has it, preferences, reading in a browser, and tampering."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import links
from newsletters.audiences import willing
from newsletters.models import Audience, Channel, Delivery, Notice, Preference, Suppression
from newsletters.queries.preferences import choices_of
from tests import cast as makers
from tests.newsletters.makers import make_delivery, make_issue, make_notice, make_topic

pytestmark = pytest.mark.django_db
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
CHANGING = ("unsubscribe", "undo", "preferences", "stop")
LOOKING = ("", "mail/", "unsubscribe/", "preferences/", "seen.gif")


@pytest.fixture
def mail(cast: SimpleNamespace) -> SimpleNamespace:
    """Return a mail that Ann got, with the token of its links."""
    issue = make_issue(state="sending", topic=make_topic())
    delivery = make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())
    token = links.token_of(delivery.pk)
    return SimpleNamespace(issue=issue, delivery=delivery, token=token, path=f"/n/{token}/")


@pytest.fixture
def stranger() -> Client:
    """Return a browser without cookies that is held to the check against forged requests."""
    return Client(enforce_csrf_checks=True)


# --- RFC 8058 ---------------------------------------------------------------------------------------
def test_one_click_unsubscribes_at_once(mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client) -> None:
    answer = stranger.post(f"{mail.path}unsubscribe/", ONE_CLICK, content_type=FORM)
    assert answer.status_code == 200
    assert "Location" not in answer
    assert not answer.cookies
    said = Preference.objects.get()
    assert (said.contact, said.topic, said.channel, said.wants) == (cast.acme_contact, mail.issue.topic, "mail", False)
    assert (said.origin, said.delivery) == ("one_click", mail.delivery)
    mail.delivery.refresh_from_db()
    assert mail.delivery.unsubscribed_at is not None
    assert not _gets_it(mail, cast)


def test_one_click_may_be_sent_as_multipart(mail: SimpleNamespace, stranger: Client) -> None:
    assert stranger.post(f"{mail.path}unsubscribe/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Preference.objects.get().origin == "one_click"


def test_one_click_twice_changes_nothing_more(mail: SimpleNamespace, stranger: Client) -> None:
    for _ in range(2):
        assert stranger.post(f"{mail.path}unsubscribe/", ONE_CLICK, content_type=FORM).status_code == 200
    assert Preference.objects.count() == 1


@pytest.mark.parametrize("page", LOOKING)
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing_and_leaves_no_cookie(
    mail: SimpleNamespace, stranger: Client, page: str, method: str
) -> None:
    answer = getattr(stranger, method)(mail.path + page)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert not Preference.objects.exists()
    assert not Suppression.objects.exists()
    mail.delivery.refresh_from_db()
    assert mail.delivery.unsubscribed_at is None


def test_the_page_asks_with_a_button(mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client) -> None:
    page = stranger.get(f"{mail.path}unsubscribe/").content.decode()
    assert 'method="post"' in page
    assert "ann@acme.example" not in page
    assert "a…n@acme.example" in page
    done = stranger.post(f"{mail.path}unsubscribe/")
    assert done.status_code == 200
    assert "You are unsubscribed" in done.content.decode()
    assert Preference.objects.get().origin == "link"
    undone = stranger.post(f"{mail.path}undo/")
    assert "subscribed again" in undone.content.decode()
    assert _gets_it(mail, cast)
    mail.delivery.refresh_from_db()
    assert mail.delivery.unsubscribed_at is None


# --- tokens -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", [*LOOKING, "undo/", "stop/", "to/1/"])
def test_a_tampered_token_is_nothing(mail: SimpleNamespace, stranger: Client, page: str) -> None:
    number, _, signature = mail.token.partition("-")
    swapped = ("b" if signature[0] == "a" else "a") + signature[1:]
    other = links.token_of(mail.delivery.pk + 1).partition("-")[2]
    for token in (
        f"{number}-{swapped}",
        f"{number}-{other}",
        f"{number}-",
        number,
        f"{number}-{signature}x",
        "-",
        "é-é",
    ):
        method = stranger.post if page in ("undo/", "stop/") else stranger.get
        assert method(f"/n/{token}/{page}").status_code == 404
    assert not Preference.objects.exists()


def test_the_token_tells_nothing_of_the_recipient(mail: SimpleNamespace) -> None:
    assert "ann" not in mail.token
    assert str(mail.delivery.contact_id) + "@" not in mail.token
    assert len(mail.token.partition("-")[2]) == 24


def test_a_token_of_a_notice_opens_nothing(cast: SimpleNamespace, stranger: Client) -> None:
    notice: Notice = make_notice()
    delivery = Delivery.objects.create(
        notice=notice, channel="notice", contact=cast.acme_contact, address="ann@acme.example", due_at=timezone.now()
    )
    assert stranger.get(f"/n/{links.token_of(delivery.pk)}/").status_code == 404


def test_links_of_previews_change_nothing(mail: SimpleNamespace, stranger: Client) -> None:
    for page in LOOKING[:-1]:
        assert stranger.get(f"/n/preview/{page}").status_code == 200
    for page in CHANGING:
        assert stranger.post(f"/n/preview/{page}/", ONE_CLICK, content_type=FORM).status_code == 200
    assert stranger.get("/n/preview/to/1/").status_code == 200
    assert not Preference.objects.exists()
    assert not Suppression.objects.exists()


# --- addresses and contacts -------------------------------------------------------------------------
def test_a_mailbox_at_two_customers_declines_for_both(
    mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client
) -> None:
    makers.make_contact(cast.globex, "ann@acme.example")
    stranger.post(f"{mail.path}unsubscribe/", ONE_CLICK, content_type=FORM)
    assert not _gets_it(mail, cast)


def test_who_was_deleted_can_still_unsubscribe(mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client) -> None:
    cast.acme_contact.delete()
    assert stranger.get(f"{mail.path}preferences/").status_code == 200
    assert stranger.get(f"{mail.path}mail/").status_code == 200
    assert stranger.post(f"{mail.path}unsubscribe/", ONE_CLICK, content_type=FORM).status_code == 200
    kept = Suppression.objects.get()
    assert (kept.address, kept.reason, kept.origin) == ("ann@acme.example", "unsubscribed", "one_click")
    makers.make_contact(cast.acme, "ann@acme.example")
    assert not _gets_it(mail, cast)
    stranger.post(f"{mail.path}undo/")
    assert not Suppression.objects.exists()


# --- preferences ------------------------------------------------------------------------------------
def test_chooses_topics_and_channels(mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client) -> None:
    events = make_topic("Events", position=2)
    topic = mail.issue.topic
    page = stranger.get(f"{mail.path}preferences/").content.decode()
    assert page.count(" checked") == 4
    assert "ann@acme.example" not in page
    shown = {f"shown-{one.pk}": "1" for one in (topic, events)}
    assert all(f'name="{name}"' in page for name in shown)
    ticked = {f"mail-{events.pk}": "on", f"notice-{topic.pk}": "on"}
    answer = stranger.post(f"{mail.path}preferences/", {**shown, **ticked})
    assert (answer.status_code, answer["Location"]) == (302, f"{mail.path}preferences/?saved")
    # Only what changed is written.
    said = set(Preference.objects.values_list("topic__name", "channel", "wants"))
    assert said == {("Product news", "mail", False), ("Events", "notice", False)}
    assert "Your choice is saved" in stranger.get(answer["Location"]).content.decode()


def test_stops_everything_and_chooses_again(mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client) -> None:
    for _ in range(2):
        assert stranger.post(f"{mail.path}stop/").status_code == 200
    stopped = Suppression.objects.get()
    assert (stopped.reason, stopped.origin, stopped.delivery) == ("unsubscribed", "link", mail.delivery)
    assert not _gets_it(mail, cast)
    page = stranger.get(f"{mail.path}preferences/").content.decode()
    assert "You get no newsletter by mail" in page
    topic_id = mail.issue.topic.pk
    stranger.post(f"{mail.path}preferences/", {f"shown-{topic_id}": "1", f"mail-{topic_id}": "on"})
    assert not Suppression.objects.exists()
    assert _gets_it(mail, cast)


def test_a_topic_opened_meanwhile_is_not_declined(mail: SimpleNamespace, stranger: Client) -> None:
    topic = mail.issue.topic
    shown = {f"shown-{topic.pk}": "1", f"mail-{topic.pk}": "on", f"notice-{topic.pk}": "on"}
    make_topic("Events", position=2)
    stranger.post(f"{mail.path}preferences/", shown)
    assert not Preference.objects.exists()


def test_one_topic_chosen_again_brings_back_no_other(
    mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client
) -> None:
    events = make_topic("Events", position=2)
    Suppression.objects.create(address="ann@acme.example", reason="unsubscribed", origin="provider")
    topics = (mail.issue.topic, events)
    shown = {f"shown-{one.pk}": "1" for one in topics} | {f"notice-{one.pk}": "on" for one in topics}
    stranger.post(f"{mail.path}preferences/", {**shown, f"mail-{events.pk}": "on"})
    assert not Suppression.objects.exists()
    assert {one.topic: one.mail for one in choices_of(cast.acme_contact).topics} == {topics[0]: False, events: True}
    assert not _gets_it(mail, cast)


# --- reading ----------------------------------------------------------------------------------------
def test_reads_the_mail_in_a_frame_that_can_do_nothing(
    mail: SimpleNamespace, cast: SimpleNamespace, stranger: Client
) -> None:
    mail.issue.blocks.update(data={"body": "Hello {{ contact.first_name | there }}\n\n<script>alert(1)</script>"})
    page = stranger.get(mail.path)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()
    framed = stranger.get(f"{mail.path}mail/")
    assert "Hello Ann" in framed.content.decode()
    assert "<script" not in framed.content.decode()
    policy = framed["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"


def test_other_methods_are_refused(mail: SimpleNamespace, stranger: Client) -> None:
    assert stranger.get(f"{mail.path}undo/").status_code == 405
    assert stranger.get(f"{mail.path}stop/").status_code == 405
    assert stranger.put(f"{mail.path}unsubscribe/").status_code == 405
    assert stranger.post(mail.path).status_code == 405


def _gets_it(mail: SimpleNamespace, cast: SimpleNamespace) -> bool:
    asked = {"channel": Channel.MAIL, "topic": mail.issue.topic, "today": timezone.now().date()}
    return willing(Audience.objects.create(), **asked).filter(email="ann@acme.example").exists()
