"""Who declines while the mail is already queued does not get it any more."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Contact
from newsletters import links
from newsletters.actions.preferences import choose
from newsletters.actions.provider_events import Report, note_report
from newsletters.audiences import willing
from newsletters.models import Delivery, Issue
from newsletters.sending.claiming import Claim, claim
from newsletters.sending.windows import store_and_mark
from tests import cast as makers
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db
Way = Callable[[SimpleNamespace], None]
AN_HOUR_AGO = timezone.now() - timedelta(hours=1)


def test_a_queued_mail_is_withheld(cast: SimpleNamespace) -> None:
    last = make_issue("October", state="finished", **_ended())
    old = make_delivery(last, cast.acme_contact, state="sent", sent_at=timezone.now())
    issue = make_issue("November", topic=last.topic, state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, cast.acme_contact, due_at=AN_HOUR_AGO)
    Client().post(f"/n/{links.token_of(old.pk)}/unsubscribe/", {"List-Unsubscribe": "One-Click"})
    assert _state_when_sent(queued) == "suppressed"


def by_mail(page: str, **sent: str) -> Way:
    """Return the way of who holds an earlier mail and posts this to one of its pages."""

    def decline(case: SimpleNamespace) -> None:
        shown = {f"shown-{case.topic.pk}": "1", f"notice-{case.topic.pk}": "on"} if page == "preferences" else {}
        Client(enforce_csrf_checks=True).post(f"/n/{links.token_of(case.earlier.pk)}/{page}/", {**shown, **sent})

    return decline


def in_the_portal(**sent: str) -> Way:
    """Return the way of a contact who is logged in."""

    def decline(case: SimpleNamespace) -> None:
        shown = {f"shown-{case.topic.pk}": "1", f"notice-{case.topic.pk}": "on"}
        case.login(case.contact.user).post("/portal/newsletters/choose/", {**shown, **sent})

    return decline


def by_a_colleague(case: SimpleNamespace) -> None:
    """Untick the topic for a contact who asked to."""
    shown = {f"shown-{case.topic.pk}": "1", f"notice-{case.topic.pk}": "on"}
    case.login(case.cast.csm).post(f"/newsletters/contacts/{case.contact.pk}/preferences/", shown)


def by_the_list_of_addresses(case: SimpleNamespace) -> None:
    """Suppress the address."""
    sent = {"address": case.contact.email.upper(), "detail": "Asked by phone"}
    case.login(case.cast.support).post("/newsletters/suppressed/add/", sent)


def by_the_provider(kind: str, reject_reason: str = "", *, knows_the_mail: bool = True) -> Way:
    """Return the way of a report of the mail provider."""

    def decline(case: SimpleNamespace) -> None:
        note_report(
            report=Report(
                provider="Test",
                event_id="1",
                kind=kind,
                address=case.contact.email,
                reject_reason=reject_reason,
                token=links.token_of(case.earlier.pk) if knows_the_mail else "",
                detail="",
                happened_at=timezone.now(),
            )
        )

    return decline


WAYS: dict[str, Way] = {
    "one click": by_mail("unsubscribe", **{"List-Unsubscribe": "One-Click"}),
    "the button": by_mail("unsubscribe"),
    "the link's boxes": by_mail("preferences"),
    "stop": by_mail("stop"),
    "the portal's boxes": in_the_portal(),
    "the portal's button": in_the_portal(nothing="1"),
    "a colleague": by_a_colleague,
    "the list of addresses": by_the_list_of_addresses,
    "a complaint": by_the_provider("complained"),
    "a report that it was spam": by_the_provider("rejected", "spam", knows_the_mail=False),
    "a report of unsubscribing": by_the_provider("unsubscribed"),
    "a report of unsubscribing from nothing known": by_the_provider("unsubscribed", knows_the_mail=False),
    "a bounce for good": by_the_provider("bounced", "bounced"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_declining_withholds_what_is_queued_and_what_comes(
    cast: SimpleNamespace, login: Callable[..., Client], way: str
) -> None:
    last = make_issue("October", state="finished", **_ended())
    earlier = make_delivery(last, cast.acme_contact, state="sent", sent_at=timezone.now())
    issue = make_issue("November", topic=last.topic, state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, cast.acme_contact, due_at=AN_HOUR_AGO)
    case = SimpleNamespace(cast=cast, contact=cast.acme_contact, topic=last.topic, earlier=earlier, login=login)
    assert _gets(issue) == {cast.acme_contact, cast.globex_contact}
    WAYS[way](case)
    assert _gets(issue) == {cast.globex_contact}
    assert _state_when_sent(queued) == "suppressed"


def test_a_queued_mail_to_the_same_mailbox_at_another_customer_is_withheld(cast: SimpleNamespace) -> None:
    again = makers.make_contact(cast.globex, "ann@acme.example")
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, again, due_at=AN_HOUR_AGO)
    choose(contact=cast.acme_contact, topic=issue.topic, channel="mail", wants=False, origin="portal")
    assert _state_when_sent(queued) == "suppressed"


def test_who_chose_again_gets_it(cast: SimpleNamespace) -> None:
    again = makers.make_contact(cast.globex, "ann@acme.example")
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, again, due_at=AN_HOUR_AGO)
    choose(contact=cast.acme_contact, topic=None, channel="mail", wants=False, origin="portal")
    choose(contact=again, topic=issue.topic, channel="mail", wants=True, origin="portal")
    assert _state_when_sent(queued) == "in_flight"


def test_the_word_about_another_topic_does_not_count(cast: SimpleNamespace) -> None:
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, cast.acme_contact, due_at=AN_HOUR_AGO)
    other = type(issue.topic).objects.create(name="Events", slug="events")
    choose(contact=cast.acme_contact, topic=other, channel="mail", wants=False, origin="portal")
    assert _state_when_sent(queued) == "in_flight"


def _gets(issue: Issue) -> set[Contact]:
    asked = {"channel": "mail", "topic": issue.topic, "today": timezone.now().date()}
    return set(willing(issue.audience, **asked))


def _state_when_sent(delivery: Delivery) -> str:
    assert delivery.issue_id is not None
    claims: list[Claim] = claim(delivery.issue_id)
    assert [one.id for one in claims] == [delivery.pk]
    store_and_mark([], claims)
    delivery.refresh_from_db()
    return delivery.state


def _ended() -> dict[str, object]:
    counts = {"total": 1, "sent": 1, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    return {"ended_at": timezone.now(), **counts}
