"""An issue that went out, with what its recipients did."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from newsletters import follow_on
from newsletters.follow_on import FollowOn
from newsletters.models import Delivery, Issue
from tests.newsletters.makers import make_issue

SendMany = Callable[..., list[Delivery]]


@pytest.fixture
def send_many() -> SendMany:
    """Return a function that makes so many deliveries of an issue, sent an hour ago unless told otherwise."""

    def make(issue: Issue, count: int, prefix: str = "r", **fields: Any) -> list[Delivery]:
        now = timezone.now()
        if fields.get("state", "sent") == "sent":
            fields.setdefault("sent_at", now - timedelta(hours=1))
        return Delivery.objects.bulk_create(
            Delivery(
                **{"state": "sent", "due_at": now, **fields},
                issue=issue,
                channel="mail",
                address=f"{prefix}{number}@reader.example",
            )
            for number in range(count)
        )

    return make


@pytest.fixture
def only_follow_on() -> Iterator[Callable[[FollowOn], None]]:
    """Return a function that makes this the only kind of follow-on for one test."""
    before = follow_on.kinds()
    for kind in before:
        follow_on.unregister(kind.name)
    yield follow_on.register
    for kind in follow_on.kinds():
        follow_on.unregister(kind.name)
    for kind in before:
        follow_on.register(kind)


@pytest.fixture
def tried(cast: SimpleNamespace) -> Issue:
    """Return an issue that tries two subjects for four hours, tracked individually."""
    return make_issue(
        "November",
        subject_b="Better?",
        state="sending",
        tracking="individual",
        frozen_at=timezone.now() - timedelta(hours=8),
        ab_hours=4,
    )
