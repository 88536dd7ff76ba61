"""Two subjects are tried until the trial's hours are over; then the clearly better one goes on, or else the first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.ab import decide, trial_of
from newsletters.follow_on import Followed, FollowOn
from newsletters.models import Delivery, Issue

NOW = timezone.now()
LONG_AGO = {"sent_at": NOW - timedelta(hours=5)}


def test_that_the_second_subject_goes_on_where_it_is_clicked_clearly_more(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 180, "a", variant="a", **LONG_AGO)
    send_many(tried, 20, "ac", variant="a", clicked_at=NOW, **LONG_AGO)
    send_many(tried, 160, "b", variant="b", **LONG_AGO)
    send_many(tried, 40, "bc", variant="b", clicked_at=NOW, **LONG_AGO)
    send_many(tried, 50, "rest", state="waiting")
    assert decide(tried, now=NOW - timedelta(hours=2)) is None
    assert decide(tried, now=NOW) == "b"


def test_that_opens_decide_nothing(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 200, "a", variant="a", **LONG_AGO)
    send_many(tried, 200, "b", variant="b", opened_at=NOW, **LONG_AGO)
    assert decide(tried, now=NOW) == "a"


def test_that_a_difference_that_may_be_chance_lets_the_first_go_on(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 190, "a", variant="a", **LONG_AGO)
    send_many(tried, 10, "ac", variant="a", clicked_at=NOW, **LONG_AGO)
    send_many(tried, 187, "b", variant="b", **LONG_AGO)
    send_many(tried, 13, "bc", variant="b", clicked_at=NOW, **LONG_AGO)
    assert decide(tried, now=NOW) == "a"
    trial = trial_of(tried)
    assert trial is not None
    assert not trial.outcome.is_clear
    assert "too small" in trial.outcome.why


@pytest.mark.parametrize("state", ["waiting", "claimed", "in_flight"])
def test_that_nothing_is_decided_while_mails_of_the_trial_go_out(tried: Issue, send_many: Callable, state: str) -> None:
    send_many(tried, 10, "a", variant="a", **LONG_AGO)
    leased = {} if state == "waiting" else {"claimed_until": NOW}
    send_many(tried, 1, "b", variant="b", state=state, **leased)
    assert decide(tried, now=NOW) is None


def test_that_a_busy_server_holds_nothing_up(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 95, "a", variant="a", **LONG_AGO)
    send_many(tried, 3, "late", variant="a", sent_at=NOW)
    send_many(tried, 95, "b", variant="b", **LONG_AGO)
    send_many(tried, 5, "deferred", variant="b", state="deferred")
    assert decide(tried, now=NOW) == "a"


def test_that_nobody_waits_for_a_trial_that_reaches_nobody(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 3, "rest", state="waiting")
    assert decide(tried, now=NOW) == "a"
    send_many(tried, 2, "a", variant="a", state="failed")
    assert decide(tried, now=NOW) == "a"


def test_that_an_issue_with_one_subject_has_nothing_to_decide(tried: Issue, send_many: Callable) -> None:
    tried.subject_b = ""
    send_many(tried, 5, **LONG_AGO)
    assert decide(tried, now=NOW) is None
    assert trial_of(tried) is None


def test_that_what_was_decided_stays(tried: Issue) -> None:
    tried.winner = "b"
    assert decide(tried, now=NOW) == "b"


def test_that_bounced_mails_reached_nobody(tried: Issue, send_many: Callable) -> None:
    send_many(tried, 20, "a", variant="a", **LONG_AGO)
    send_many(tried, 5, "bounced", variant="a", bounced_at=NOW, **LONG_AGO)
    trial = trial_of(tried)
    assert trial is not None
    assert trial.a.reached == 20


@pytest.mark.parametrize("tracking", ["off", "anonymous"])
def test_that_without_individual_tracking_only_follow_on_decides(
    tried: Issue, send_many: Callable, only_follow_on: Callable, tracking: str
) -> None:
    tried.tracking = tracking
    tried.save()
    only_follow_on(
        FollowOn("hours", "Hours", lambda issues, days: [Followed(tried.pk, "b", "tech", things=70, recipients=60)])
    )
    send_many(tried, 200, "a", variant="a", clicked_at=NOW, **LONG_AGO)
    send_many(tried, 200, "b", variant="b", **LONG_AGO)
    trial = trial_of(tried)
    assert trial is not None
    assert (trial.by, trial.a.hits, trial.b.hits) == ("follow_on", 0, 60)
    assert decide(tried, now=NOW) == "b"


def test_that_the_editor_may_let_follow_on_decide(tried: Issue, send_many: Callable, only_follow_on: Callable) -> None:
    tried.ab_by = "follow_on"
    only_follow_on(FollowOn("hours", "Hours", lambda issues, days: []))
    send_many(tried, 200, "a", variant="a", **LONG_AGO)
    send_many(tried, 200, "b", variant="b", clicked_at=NOW, **LONG_AGO)
    assert Delivery.objects.count() == 400
    assert decide(tried, now=NOW) == "a"


def test_that_a_trial_that_has_just_begun_is_not_counted_through(
    tried: Issue, send_many: Callable, django_assert_num_queries: Callable
) -> None:
    send_many(tried, 5, "a", variant="a", sent_at=NOW)
    begun = tried.frozen_at
    assert begun is not None
    with django_assert_num_queries(1) as asked:
        assert decide(tried, now=begun + timedelta(hours=tried.ab_hours, seconds=-1)) is None
    assert "COUNT" not in asked.captured_queries[0]["sql"]
