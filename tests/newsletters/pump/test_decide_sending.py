"""What people decide about the sending: schedule, pause, cancel, send again, settle. Said twice it changes nothing."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid
from core.models import OutboxEntry
from newsletters import tasks
from newsletters.actions import sending as actions
from newsletters.models import Delivery, Issue, NewsletterSettings, Review
from newsletters.sending import ending, starting
from newsletters.sending.claiming import claim
from newsletters.sending.windows import store_and_mark
from tests.cast import make_contact
from tests.newsletters.makers import make_issue
from tests.newsletters.pump.making import make_sending, states

pytestmark = pytest.mark.django_db

ENDED = ("total", "sent", "failed", "unknown", "suppressed", "cancelled")


@pytest.fixture
def nobody_approves(db: None) -> None:
    """Let issues go without a second person."""
    NewsletterSettings.current()
    NewsletterSettings.objects.update(needs_approval=False)


def counts(issue: Issue) -> tuple[int, ...]:
    issue.refresh_from_db()
    return tuple(getattr(issue, name) for name in ENDED)


def test_a_draft_is_scheduled_only_with_the_approval_of_this_version(cast: SimpleNamespace) -> None:
    issue = make_issue()
    with pytest.raises(Conflict, match="second person"):
        actions.schedule(actor=cast.specialist, issue=issue)
    Review.objects.create(issue=issue, version=1, verdict="approved", person=cast.manager)
    issue.version = 2
    issue.save()
    with pytest.raises(Conflict, match="second person"):
        actions.schedule(actor=cast.specialist, issue=issue)
    Review.objects.create(issue=issue, version=2, verdict="approved", person=cast.manager)
    with pytest.raises(Conflict, match="has changed"):
        actions.schedule(actor=cast.specialist, issue=issue, version=1)
    later = timezone.now() + timedelta(days=1)
    for _ in range(2):
        scheduled = actions.schedule(actor=cast.specialist, issue=issue, send_at=later, version=2)
        assert (scheduled.state, scheduled.send_at, scheduled.scheduled_by) == ("scheduled", later, cast.specialist)
    Review.objects.create(issue=issue, version=2, verdict="returned", person=cast.manager)
    with pytest.raises(Conflict):
        actions.schedule(actor=cast.specialist, issue=issue)


@pytest.mark.usefixtures("nobody_approves")
def test_a_time_that_is_over_or_missing_is_refused(cast: SimpleNamespace) -> None:
    issue = make_issue()
    now = timezone.now()
    for wrong in (
        {"send_at": now - timedelta(hours=1)},
        {"send_at": now + timedelta(days=4000)},
        {"timing": "local"},
        {"timing": "local", "local_date": date(2020, 1, 1), "local_minute": 540},
        {"timing": "local", "local_date": now.date(), "local_minute": 1440},
    ):
        with pytest.raises(Invalid):
            actions.schedule(actor=cast.specialist, issue=issue, **wrong)
    tomorrow = now.date() + timedelta(days=1)
    found = actions.schedule(actor=cast.specialist, issue=issue, timing="local", local_date=tomorrow, local_minute=540)
    assert (found.timing, found.local_date, found.local_minute, found.send_at) == ("local", tomorrow, 540, None)
    assert actions.unschedule(actor=cast.specialist, issue=issue).state == "draft"
    assert actions.unschedule(actor=cast.specialist, issue=issue).state == "draft"


@pytest.mark.usefixtures("nobody_approves")
def test_a_due_issue_is_listed_once_and_sent(cast: SimpleNamespace) -> None:
    issue = make_issue()
    actions.schedule(actor=cast.specialist, issue=issue)
    assert OutboxEntry.objects.filter(kind=actions.WAKE).count() == 1
    assert starting.start_due() == [issue.pk]
    assert starting.freeze(issue.pk) == 2
    assert starting.freeze(issue.pk) == 0
    issue.refresh_from_db()
    assert issue.state == "sending"
    assert issue.started_at
    assert issue.frozen_at
    assert starting.start_due() == []
    assert states(issue) == {"waiting": 2}


@pytest.mark.usefixtures("nobody_approves")
def test_a_later_issue_waits_and_local_hours_begin_with_the_first_zone(cast: SimpleNamespace) -> None:
    later = actions.schedule(actor=cast.csm, issue=make_issue(), send_at=timezone.now() + timedelta(minutes=9))
    soon = timezone.now() + timedelta(hours=13)
    local = make_issue("Local")
    actions.schedule(
        actor=cast.csm, issue=local, timing="local", local_date=soon.date(), local_minute=soon.hour * 60 + soon.minute
    )
    far = soon + timedelta(hours=3)
    other = make_issue("Other")
    actions.schedule(
        actor=cast.csm, issue=other, timing="local", local_date=far.date(), local_minute=far.hour * 60 + far.minute
    )
    assert starting.start_due() == [local.pk]
    assert set(Issue.objects.filter(state="scheduled").values_list("pk", flat=True)) == {later.pk, other.pk}


@pytest.mark.usefixtures("nobody_approves")
def test_an_issue_cancelled_while_it_is_listed_lists_nobody(cast: SimpleNamespace) -> None:
    issue = make_issue()
    actions.schedule(actor=cast.specialist, issue=issue)
    starting.start_due()
    assert actions.cancel(actor=cast.specialist, issue=issue).state == "cancelling"
    starting.freeze(issue.pk)
    assert states(issue) == {}
    ending.end_issues()
    assert counts(issue) == (0, 0, 0, 0, 0, 0)
    assert issue.state == "cancelled"


@pytest.mark.usefixtures("nobody_approves")
def test_an_issue_paused_while_it_is_listed_goes_on_where_it_was(cast: SimpleNamespace) -> None:
    issue = make_issue()
    actions.schedule(actor=cast.specialist, issue=issue)
    starting.start_due()
    actions.pause(actor=cast.specialist, issue=issue)
    assert actions.resume(actor=cast.specialist, issue=issue).state == "freezing"
    actions.pause(actor=cast.specialist, issue=issue)
    assert starting.start_due() == [issue.pk]
    starting.freeze(issue.pk)
    issue.refresh_from_db()
    assert issue.state == "paused"
    assert actions.resume(actor=cast.specialist, issue=issue).state == "sending"
    assert states(issue) == {"waiting": 2}


def test_pause_and_resume_said_twice(cast: SimpleNamespace) -> None:
    issue = make_sending(5)
    for _ in range(2):
        paused = actions.pause(actor=cast.specialist, issue=issue)
        assert paused.state == "paused"
        assert paused.paused_at
    claims = claim(issue.pk)
    assert store_and_mark([], claims).in_flight == frozenset()
    for _ in range(2):
        resumed = actions.resume(actor=cast.specialist, issue=issue)
        assert (resumed.state, resumed.paused_at) == ("sending", None)
    assert len(store_and_mark([], claims).in_flight) == 5


@pytest.mark.usefixtures("nobody_approves")
@pytest.mark.parametrize("state", ["draft", "scheduled", "finished"])
def test_what_does_not_fit_the_state_is_a_conflict(cast: SimpleNamespace, state: str) -> None:
    issue = make_issue()
    ended = dict.fromkeys(ENDED, 0) | {"ended_at": timezone.now()}
    Issue.objects.filter(pk=issue.pk).update(state=state, **(ended if state == "finished" else {}))
    refused = [actions.pause, actions.resume]
    refused += [actions.cancel] if state != "scheduled" else []
    refused += [actions.unschedule, actions.schedule] if state == "finished" else []
    for action in refused:
        with pytest.raises(Conflict):
            action(actor=cast.specialist, issue=issue)
    if state != "finished":
        with pytest.raises(Conflict):
            actions.send_again(actor=cast.specialist, issue=issue, state="failed")
        with pytest.raises(Conflict):
            actions.settle(actor=cast.specialist, issue=issue, arrived=True)


def test_cancelling_calls_off_what_waits_and_keeps_what_went(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(30)
    Delivery.objects.filter(pk__in=Delivery.objects.order_by("pk").values("pk")[:10]).update(state="sent")
    Delivery.objects.filter(pk__in=Delivery.objects.order_by("-pk").values("pk")[:5]).update(
        state="deferred", answer="450 later"
    )
    for _ in range(2):
        assert actions.cancel(actor=cast.specialist, issue=issue).state == "cancelling"
    monkeypatch.setattr(ending, "CHUNK", 7)
    again: list[int] = []
    monkeypatch.setattr(tasks.cancel_rest, "apply_async", lambda args, **_: again.extend(args))
    tasks.cancel_rest(issue.pk)
    while again:
        tasks.cancel_rest(again.pop())
    assert counts(issue) == (30, 10, 0, 0, 0, 20)
    assert issue.state == "cancelled"
    assert actions.cancel(actor=cast.specialist, issue=issue).state == "cancelled"


def test_failed_and_unknown_ones_go_again_only_when_a_person_says_so(cast: SimpleNamespace) -> None:
    issue = make_sending(6)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids[:2]).update(state="failed", answer="554 no")
    Delivery.objects.filter(pk__in=ids[2:4]).update(state="unknown", answer="who knows")
    Delivery.objects.filter(pk__in=ids[4:]).update(state="sent")
    ending.end_issues()
    assert counts(issue) == (6, 2, 2, 2, 0, 0)
    with pytest.raises(Invalid):
        actions.send_again(actor=cast.specialist, issue=issue, state="sent")
    assert actions.send_again(actor=cast.specialist, issue=issue, state="failed", deliveries=[*ids[:1], ids[5]]) == 1
    issue.refresh_from_db()
    assert (issue.state, issue.total, issue.ended_at) == ("sending", None, None)
    assert states(issue) == {"waiting": 1, "failed": 1, "unknown": 2, "sent": 2}
    assert actions.send_again(actor=cast.specialist, issue=issue, state="failed", deliveries=ids[:1]) == 0
    assert actions.send_again(actor=cast.specialist, issue=issue, state="unknown") == 2
    Delivery.objects.filter(state="waiting").update(state="sent")
    assert ending.end_issues() == 1
    assert counts(issue) == (6, 5, 1, 0, 0, 0)


@pytest.mark.parametrize(("arrived", "expected"), [(True, (3, 2, 0, 1, 0, 0)), (False, (3, 1, 1, 1, 0, 0))])
def test_a_person_settles_what_is_unknown(cast: SimpleNamespace, arrived: bool, expected: tuple[int, ...]) -> None:
    issue = make_sending(3)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids[:2]).update(state="unknown", answer="who knows")
    Delivery.objects.filter(pk=ids[2]).update(state="sent")
    ending.end_issues()
    said = {"actor": cast.specialist, "issue": issue, "arrived": arrived, "deliveries": ids[:1]}
    assert actions.settle(**said) == 1
    assert actions.settle(**said) == 0
    assert counts(issue) == expected
    assert issue.state == "finished"
    assert "Specialist said" in Delivery.objects.get(pk=ids[0]).answer


def test_an_issue_ends_once(cast: SimpleNamespace) -> None:
    issue = make_sending(2)
    assert ending.end_issues() == 0
    assert not ending.end_issue(issue.pk)
    Delivery.objects.update(state="sent")
    assert ending.end_issue(issue.pk)
    assert counts(issue) == (2, 2, 0, 0, 0, 0)
    ended_at = issue.ended_at
    assert not ending.end_issue(issue.pk)
    issue.refresh_from_db()
    assert (issue.state, issue.ended_at) == ("finished", ended_at)


def test_the_winner_goes_to_those_who_waited(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsletters.sending import trying

    issue = make_issue(subject_b="Better", ab_percent=50, state="freezing", keeps_quiet_hours=False)
    for n in range(40):
        make_contact(cast.acme, f"trial{n}@acme.example")
    starting.freeze(issue.pk)
    waiting = Delivery.objects.filter(issue=issue, variant="")
    assert 0 < waiting.count() < 42
    assert claim(issue.pk, 100)
    assert trying.decided() == []
    monkeypatch.setattr(trying, "decide", lambda issue, now: "b")
    assert trying.decided() == [issue.pk]
    left = waiting.count()
    assert trying.apply_winner(issue.pk) == left
    assert trying.apply_winner(issue.pk) == 0
    assert trying.decided() == []
    assert waiting.count() == 0
    assert len(claim(issue.pk, 100)) == left


def test_subjects_that_can_not_be_compared_hold_up_no_other_issue(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletters.sending import trying

    timed = {"subject_b": "Better", "state": "sending", "send_at": timezone.now(), "frozen_at": timezone.now()}
    odd, even = make_issue("Odd", **timed), make_issue("Even", **timed)

    def decide(issue: Issue, now: object) -> str:
        if issue.pk == odd.pk:
            raise RuntimeError("no figures")
        return "b"

    monkeypatch.setattr(trying, "decide", decide)
    assert trying.decided() == []
    assert dict(Issue.objects.values_list("pk", "winner")) == {odd.pk: "", even.pk: "b"}


@pytest.mark.usefixtures("nobody_approves")
def test_a_day_that_is_over_in_utc_but_not_everywhere_can_be_chosen(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_issue()
    wished = {"actor": cast.specialist, "issue": issue, "timing": "local", "local_minute": 23 * 60}
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    monkeypatch.setattr(actions.timezone, "now", lambda: now)
    with pytest.raises(Invalid, match="over"):
        actions.schedule(**wished, local_date=date(2026, 11, 20))
    assert actions.schedule(**wished, local_date=date(2026, 11, 21)).state == "scheduled"


def test_a_cancelled_issue_of_which_some_are_sent_again_is_cancelled_still(cast: SimpleNamespace) -> None:
    issue = make_sending(3)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk=ids[0]).update(state="unknown", answer="who knows")
    actions.cancel(actor=cast.specialist, issue=issue)
    ending.cancel_chunk(issue.pk)
    assert ending.end_issue(issue.pk)
    assert actions.send_again(actor=cast.specialist, issue=issue, state="unknown") == 1
    Delivery.objects.filter(pk=ids[0]).update(state="sent")
    assert ending.end_issue(issue.pk)
    assert counts(issue) == (3, 1, 0, 0, 0, 2)
    assert issue.state == "cancelled"
