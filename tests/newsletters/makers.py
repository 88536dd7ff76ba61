"""Topics, issues and deliveries for tests."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Contact
from newsletters.models import Audience, Block, Channel, Delivery, Issue, Notice, Topic


def make_topic(name: str = "Product news", **fields: Any) -> Topic:
    """Return a topic of this name."""
    return Topic.objects.create(**{"slug": name.lower().replace(" ", "-"), **fields}, name=name)


def make_issue(title: str = "November", *, topic: Topic | None = None, text: str = "Hello", **fields: Any) -> Issue:
    """Return an issue with one block of text, to everybody."""
    issue = Issue.objects.create(
        **{"subject": title, "send_at": timezone.now(), **fields},
        title=title,
        topic=topic or Topic.objects.first() or make_topic(),
        audience=Audience.objects.create(),
    )
    Block.objects.create(issue=issue, position=1, kind="text", data={"body": text})
    return issue


def make_delivery(issue: Issue, contact: Contact, *, due_at: datetime | None = None, **fields: Any) -> Delivery:
    """Return the delivery of the issue to the contact by mail, due now."""
    return Delivery.objects.create(
        **{"address": contact.email, **fields},
        issue=issue,
        channel=Channel.MAIL,
        contact=contact,
        due_at=due_at or timezone.now(),
    )


def make_notice(title: str = "New report", **fields: Any) -> Notice:
    """Return a draft of a notice to everybody."""
    return Notice.objects.create(
        **{"starts_at": timezone.now(), **fields}, title=title, audience=Audience.objects.create()
    )
