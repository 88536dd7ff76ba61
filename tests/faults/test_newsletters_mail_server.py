"""A mail server that refuses for now, drops connections, hangs or is away: nothing is lost, nothing goes out twice."""

from types import SimpleNamespace
from typing import Any

import pytest

from newsletters.models import Pace
from newsletters.sending import sender
from tests.newsletters.pump.conftest import fresh_postbox, sink  # noqa: F401
from tests.newsletters.pump.making import check_account, let_go, make_sending, send_all
from tests.newsletters.pump.sink import Sink
from tests.processes import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MODES = [
    "not now",
    "closed",
    "drop some",
    "drop unread",
    "not this now",
    "keep and drop",
    "hang unread",
    "keep and hang",
]
SENDERS = 2


def test_a_mail_server_that_does_everything_wrong(cast: SimpleNamespace, sink: Sink, settings: Any) -> None:  # noqa: F811
    settings.EMAIL_TIMEOUT = 1
    issue = make_sending(1500)
    for mode in MODES:
        sink.mode = mode
        let_go()
        run_at_once([_send_a_little] * SENDERS)
    sink.mode = "accept"
    Pace.objects.all().delete()
    for _ in range(3):
        let_go()
        run_at_once([_send_a_little] * SENDERS)
    let_go()
    send_all()
    counted = check_account(issue, sink)
    # One mail of each sender for each time that the server fell silent with a whole mail in its hands.
    assert 0 < counted["unknown"] <= 4 * SENDERS
    assert counted["sent"] + counted["unknown"] == 1500
    issue.refresh_from_db()
    assert issue.state == "finished"


def _send_a_little() -> None:
    sender.forget_postbox()
    sender.send(1.0)
