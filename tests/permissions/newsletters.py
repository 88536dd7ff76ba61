"""Newsletters of the permission table: a topic, an issue, a proposal, a limit."""

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from newsletters.links import token_of
from newsletters.models import Issue, Link, Pace, Picture, Proposal, Suppression, Topic
from tests.newsletters.content import images
from tests.newsletters.makers import make_delivery, make_issue, make_topic


def the_topic(cast: SimpleNamespace) -> Topic:
    """Return the topic."""
    return Topic.objects.first() or make_topic()


def the_issue(cast: SimpleNamespace) -> Issue:
    """Return the issue."""
    return Issue.objects.first() or make_issue(topic=the_topic(cast))


def _picture(cast: SimpleNamespace) -> str:
    fields = {"content_type": "image/png", "width": 2, "height": 2}
    return str(Picture.objects.create(issue=the_issue(cast), data=images.png(), **fields).uid)


def _mail(cast: SimpleNamespace) -> str:
    issue = the_issue(cast)
    found = issue.deliveries.first() or make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())
    return token_of(found.pk)


def _archived(cast: SimpleNamespace) -> str:
    counts = {"total": 1, "sent": 1, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    return str(make_issue("Sent", state="finished", ended_at=timezone.now(), **counts).uid)


NEWSLETTERS: dict[str, Any] = {
    "newsletter_mail": _mail,
    "suppression": lambda cast: Suppression.objects.get_or_create(
        address="gone@acme.example", reason="bounced", origin="smtp"
    )[0],
    "newsletter_archived": _archived,
    "newsletter_link": lambda cast: Link.objects.get_or_create(issue=the_issue(cast), url="https://docs.example/")[0],
    "newsletter_topic": the_topic,
    "newsletter_issue": the_issue,
    "newsletter_block": lambda cast: the_issue(cast).blocks.get(),
    "newsletter_picture": _picture,
    "newsletter_proposal": lambda cast: Proposal.objects.get_or_create(title="Exports", customers_may_vote=True)[0],
    "newsletter_pace": lambda cast: Pace.objects.get_or_create(domain="slow.example", slowed_to=5)[0],
}
