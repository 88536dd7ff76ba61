"""Newsletters of the permission table: a topic, an issue, a proposal, a limit."""

from types import SimpleNamespace
from typing import Any

from newsletters.models import Issue, Pace, Picture, Proposal, Topic
from tests.newsletters.content import images
from tests.newsletters.makers import make_issue, make_topic


def the_topic(cast: SimpleNamespace) -> Topic:
    """Return the topic."""
    return Topic.objects.first() or make_topic()


def the_issue(cast: SimpleNamespace) -> Issue:
    """Return the issue."""
    return Issue.objects.first() or make_issue(topic=the_topic(cast))


def _picture(cast: SimpleNamespace) -> str:
    fields = {"content_type": "image/png", "width": 2, "height": 2}
    return str(Picture.objects.create(issue=the_issue(cast), data=images.png(), **fields).uid)


NEWSLETTERS: dict[str, Any] = {
    "newsletter_topic": the_topic,
    "newsletter_issue": the_issue,
    "newsletter_picture": _picture,
    "newsletter_proposal": lambda cast: Proposal.objects.get_or_create(title="Exports", customers_may_vote=True)[0],
    "newsletter_pace": lambda cast: Pace.objects.get_or_create(domain="slow.example", slowed_to=5)[0],
}
