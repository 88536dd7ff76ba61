"""That a mail went out is learned late: after it was called unknown, and after a person decided about it."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from newsletters import links
from newsletters.actions import sending as actions
from newsletters.actions.provider_events import Report, note_report
from newsletters.models import Delivery, Issue, ProviderEvent
from newsletters.sending import ending
from newsletters.sending.claiming import Claim, claim, end_leases
from newsletters.sending.windows import Result, store_and_mark, store_late
from tests.newsletters.pump.making import end_leases_now, make_sending, states

pytestmark = pytest.mark.django_db


def flown(count: int) -> tuple[Issue, list[Claim]]:
    """Return an issue of which so many mails were in flight when their sender fell silent, and its claims."""
    issue = make_sending(count)
    claims = claim(issue.pk)
    store_and_mark([], claims)
    end_leases_now()
    end_leases()
    assert states(issue) == {"unknown": count}
    return issue, claims


def test_what_went_out_is_not_sent_again_though_a_person_said_so(cast: SimpleNamespace) -> None:
    issue, claims = flown(4)
    assert actions.send_again(actor=cast.specialist, issue=issue, state="unknown") == 4
    taken = claim(issue.pk, 1)
    told = [Result(one, "sent") for one in claims[:2]]
    refused = Result(claims[2], "failed", "554 no")
    assert store_late(issue.pk, [*told, refused]) == 1
    # One has another sender by now; of what was not taken it is as the person said.
    assert [one.id for one in taken] == [claims[0].id]
    assert states(issue) == {"claimed": 1, "sent": 1, "waiting": 2}
    assert Delivery.objects.get(pk=claims[1].id).sent_at


@pytest.mark.parametrize("ends", ["finished", "cancelled"])
def test_what_went_out_is_sent_though_a_person_took_it_for_lost(cast: SimpleNamespace, ends: str) -> None:
    issue, claims = flown(2)
    if ends == "finished":
        actions.settle(actor=cast.specialist, issue=issue, arrived=False)
    else:
        actions.send_again(actor=cast.specialist, issue=issue, state="unknown")
        actions.cancel(actor=cast.specialist, issue=issue)
        ending.cancel_chunk(issue.pk)
    assert ending.end_issue(issue.pk)
    assert store_late(issue.pk, [Result(claims[0], "sent")]) == 1
    issue.refresh_from_db()
    assert (issue.state, issue.total, issue.sent, issue.failed + issue.cancelled) == (ends, 2, 1, 1)


def report(delivery: Delivery, kind: str = "delivered", **facts: str) -> bool:
    said = {"token": links.token_of(delivery.pk), "address": delivery.address, "event_id": "", **facts}
    return note_report(
        report=Report(provider="Postmark", kind=kind, reject_reason="", detail="", happened_at=timezone.now(), **said)
    )


@pytest.mark.parametrize("kind", ["queued", "sent", "delivered"])
def test_a_provider_that_has_the_mail_settles_what_was_unknown(cast: SimpleNamespace, kind: str) -> None:
    issue, claims = flown(2)
    ending.end_issue(issue.pk)
    delivery = Delivery.objects.get(pk=claims[0].id)
    assert report(delivery, kind)
    assert not report(delivery, kind)
    issue.refresh_from_db()
    assert (issue.state, issue.sent, issue.unknown) == ("finished", 1, 1)
    assert not ProviderEvent.objects.exists()


def test_a_provider_that_has_the_mail_keeps_it_from_being_sent_again(cast: SimpleNamespace) -> None:
    issue, _ = flown(3)
    actions.send_again(actor=cast.specialist, issue=issue, state="unknown")
    first, second, third = Delivery.objects.order_by("pk")
    assert report(first)
    assert not report(second, "opened")
    assert not report(second, address="somebody@else.example")
    assert not report(third, token="4bi-forged")
    assert states(issue) == {"sent": 1, "waiting": 2}


def test_a_bounce_of_what_was_unknown_says_that_it_went(cast: SimpleNamespace) -> None:
    issue, claims = flown(2)
    bounced, rejected = Delivery.objects.order_by("pk")
    assert report(bounced, "bounced")
    assert report(rejected, "rejected")
    assert states(issue) == {"sent": 1, "unknown": 1}
    bounced.refresh_from_db()
    assert (bounced.state, bounced.attempts) == ("sent", claims[0].attempts)
    assert bounced.bounced_at


def test_a_report_of_what_never_went_out_changes_nothing(cast: SimpleNamespace) -> None:
    issue = make_sending(1)
    assert not report(Delivery.objects.get())
    claim(issue.pk)
    assert not report(Delivery.objects.get())
    assert states(issue) == {"claimed": 1}
