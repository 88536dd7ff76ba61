"""Claims and leases: what is somebody's stays theirs until it ends, and nothing is taken from who has it now."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from newsletters.models import Delivery, Issue
from newsletters.sending import ending, paces, sender
from newsletters.sending.claiming import claim, end_leases, put_back
from newsletters.sending.windows import Result, store_and_mark, store_late
from tests.newsletters.pump.making import end_leases_now, make_sending, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_leases_that_end_are_unknown_in_flight_and_wait_when_only_claimed(cast: SimpleNamespace) -> None:
    issue = make_sending(50)
    claims = claim(issue.pk)
    store_and_mark([], claims[:20])
    end_leases_now()
    assert end_leases() == 50
    assert states(issue) == {"unknown": 20, "waiting": 30}


def test_a_late_answer_turns_unknown_into_its_truth(cast: SimpleNamespace) -> None:
    issue = make_sending(3)
    claims = claim(issue.pk)
    assert len(store_and_mark([], claims).in_flight) == 3
    end_leases_now()
    end_leases()
    ending.end_issues()
    issue.refresh_from_db()
    assert (issue.state, issue.unknown) == ("finished", 3)
    results = [Result(claims[0], "sent"), Result(claims[1], "failed", "550 no"), Result(claims[2], "deferred", "x", 9)]
    marked = store_and_mark(results, [])
    assert marked.late == results
    store_late(issue.pk, marked.late)
    issue.refresh_from_db()
    assert (issue.total, issue.sent, issue.failed, issue.unknown) == (3, 1, 2, 0)
    # Somebody who wakes up later still, with an older number, changes nothing.
    Delivery.objects.filter(pk=claims[0].id).update(state="unknown", attempts=2)
    with transaction.atomic(), pytest.raises(IntegrityError):
        Issue.objects.filter(pk=issue.pk).update(sent=2, failed=1)
    Issue.objects.filter(pk=issue.pk).update(sent=0, unknown=1)
    store_late(issue.pk, [Result(claims[0], "sent")])
    assert Delivery.objects.get(pk=claims[0].id).state == "unknown"


def test_a_claim_put_back_by_its_holder_never_meets_an_older_one(cast: SimpleNamespace) -> None:
    """A sleeper's claim ran out; another claims and puts back again and again: the sleeper's number never fits."""
    issue = make_sending(1)
    (sleeper,) = claim(issue.pk)
    end_leases_now()
    end_leases()
    for _ in range(4):
        (awake,) = claim(issue.pk)
        assert awake.attempts > sleeper.attempts
        assert store_and_mark([], [sleeper]).in_flight == frozenset()
        assert put_back([sleeper]) == [sleeper]
        assert put_back([awake]) == []
    assert states(issue) == {"deferred": 1}


def test_what_was_put_back_twice_because_the_answer_got_lost_takes_nothing_from_who_claimed_it_since(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(3)
    batch = sender.Batch(issue.pk, paces.Limits(), sender.time.monotonic() + 5, None)
    others: list[int] = []

    def put_back_and_break(claims, *args, **kwargs):
        lost = put_back(claims, *args, **kwargs)
        if not others:
            claims = claim(issue.pk)
            others.extend(one.id for one in claims)
            # One is handed over by the other sender, two are about to be.
            store_and_mark([], claims[:1])
            # The other sender came a moment later: its leases end that much later.
            Delivery.objects.filter(issue=issue).update(claimed_until=F("claimed_until") + timedelta(seconds=1))
            raise OperationalError("server closed the connection unexpectedly")
        return lost

    monkeypatch.setattr(sender, "put_back", put_back_and_break)
    batch._return(claim(issue.pk))
    assert len(others) == 3
    assert states(issue) == {"in_flight": 1, "claimed": 2}
