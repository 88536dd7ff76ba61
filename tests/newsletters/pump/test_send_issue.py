"""An issue on its way: sent, refused, held, paused, cancelled, ended; each row tells what became of it."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from newsletters.models import Delivery, Pace
from newsletters.queries.progress import progress_of
from newsletters.sending import ending, sender
from tests.newsletters.pump.making import check_account, make_sending
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


def let_go() -> None:
    """Let no receiver be held, and everything be due."""
    Pace.objects.update(held_until=None)
    Delivery.objects.filter(state__in=Delivery.DUE).update(due_at=timezone.now())


def test_an_issue_is_sent_once_to_each_and_ends(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(120)
    while sender.send():
        pass
    ending.end_issues()
    issue.refresh_from_db()
    assert (issue.state, issue.total, issue.sent) == ("finished", 120, 120)
    assert check_account(issue, sink) == {"sent": 120}
    assert sink.total() == 120
    assert progress_of(issue).percent == 100
