"""Colleagues propose, vote, plan and decline; each vote counts once, and customers' votes are told apart."""

from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client

from newsletters.actions.proposals import decline, edit_proposal, freshen_proposals, plan, propose, reopen, vote
from newsletters.models import Issue, Proposal, ProposalVote
from newsletters.queries.proposals import ranked, with_votes
from tests.cast import make_contact
from tests.newsletters.makers import make_issue, make_topic

Login = Callable[..., Client]
AT = "/newsletters/proposals/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def proposal(cast: SimpleNamespace) -> Proposal:
    """Return an open proposal of the CSM."""
    return propose(actor=cast.csm, title="Exports", body="They ask every week.")


def test_that_who_proposes_has_voted(cast: SimpleNamespace, login: Login) -> None:
    topic = make_topic()
    sent = {"title": " Faster  exports ", "body": "", "topic": topic.pk, "customers_may_vote": "on"}
    login(cast.csm).post(f"{AT}new/", sent)
    proposal = Proposal.objects.get()
    assert (proposal.title, proposal.topic, proposal.customers_may_vote) == ("Faster exports", topic, True)
    assert list(proposal.votes.values_list("user", "contact")) == [(cast.csm.pk, None)]


def test_that_a_form_sent_twice_proposes_once(cast: SimpleNamespace, login: Login) -> None:
    browser, sent = login(cast.csm), {"title": "Faster exports", "request_key": str(uuid4())}
    assert 'name="request_key" value="' in browser.get(f"{AT}new/").content.decode()
    assert [browser.post(f"{AT}new/", sent).status_code for _ in range(2)] == [302, 302]
    assert Proposal.objects.count() == 1
    # Without the form's key it is what a colleague would propose once more.
    assert browser.post(f"{AT}new/", {"title": "Faster exports"}).status_code == 422


def test_that_who_only_proposes_cannot_put_it_before_customers(cast: SimpleNamespace, login: Login) -> None:
    login(cast.support).post(f"{AT}new/", {"title": "Exports", "customers_may_vote": "on"})
    assert not Proposal.objects.get().customers_may_vote


@pytest.mark.parametrize("title", ["", " ", "x" * 201, "EXPORTS"])
def test_that_a_bad_title_comes_back_with_what_was_typed(
    cast: SimpleNamespace, login: Login, proposal: Proposal, title: str
) -> None:
    answer = login(cast.am).post(f"{AT}new/", {"title": title, "body": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert Proposal.objects.count() == 1


def test_that_a_vote_counts_once_and_is_taken_back(cast: SimpleNamespace, login: Login, proposal: Proposal) -> None:
    browser = login(cast.am)
    for _ in range(2):
        answer = browser.post(f"{AT}{proposal.pk}/vote/", {"wants": "1"}, **HTMX)
    assert "2 colleagues" in answer.content.decode()
    assert ProposalVote.objects.filter(user=cast.am).count() == 1
    assert browser.post(f"{AT}{proposal.pk}/vote/", {"wants": "0"}).status_code == 302
    assert not ProposalVote.objects.filter(user=cast.am).exists()


def test_that_customers_and_colleagues_are_told_apart(cast: SimpleNamespace, proposal: Proposal) -> None:
    Proposal.objects.update(asked_by=3)
    eve = make_contact(cast.acme, "eve@acme.example")
    for contact in (cast.acme_contact, eve, cast.globex_contact):
        ProposalVote.objects.create(proposal=proposal, contact=contact)
    row = with_votes(Proposal.objects.all(), cast.csm).get()
    # Two contacts of one customer are one customer.
    assert (row.customers, row.colleagues, row.wanted, row.is_mine) == (2, 1, 6, True)


def test_that_the_most_wanted_come_first(cast: SimpleNamespace, proposal: Proposal, login: Login) -> None:
    for title, asked in (("Second", 5), ("First", 9)):
        Proposal.objects.create(title=title, asked_by=asked)
    assert [one.title for one in ranked(with_votes(Proposal.objects.all()))] == ["First", "Second", "Exports"]
    page = login(cast.csm).get(AT).content.decode()
    assert page.index("First</a>") < page.index("Second</a>") < page.index("Exports</a>")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Open"}),
        ("?state=declined", {"Declined"}),
        ("?state=all", {"Open", "Declined"}),
        ("?state=all&q=decl", {"Declined"}),
        ("?q=nothing", set()),
        ("?source=hours", set()),
        ("?topic=²", {"Open"}),
        ("?sort=new", {"Open"}),
    ],
)
def test_that_the_list_is_filtered(cast: SimpleNamespace, login: Login, query: str, shown: set[str]) -> None:
    Proposal.objects.create(title="Title Open")
    Proposal.objects.create(title="Title Declined", state="declined")
    page = login(cast.csm).get(AT + query).content.decode()
    assert {word for word in ("Open", "Declined") if f"Title {word}</a>" in page} == shown


def test_that_a_bad_cursor_is_refused(cast: SimpleNamespace, login: Login) -> None:
    assert login(cast.csm).get(f"{AT}?sort=new&after=xyz").status_code == 422


def test_that_a_proposal_is_planned_into_an_issue(cast: SimpleNamespace, login: Login, proposal: Proposal) -> None:
    issue = make_issue("December")
    login(cast.csm).post(f"{AT}{proposal.pk}/plan/", {"issue": issue.pk})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.issue) == ("planned", issue)
    page = login(cast.csm).get(f"{AT}{proposal.pk}/").content.decode()
    assert "December" in page


@pytest.mark.parametrize("state", ["scheduled", "sending", "paused"])
def test_that_an_issue_on_its_way_takes_no_proposal(
    cast: SimpleNamespace, login: Login, proposal: Proposal, state: str
) -> None:
    issue = make_issue("December", state=state)
    answer = login(cast.csm).post(f"{AT}{proposal.pk}/plan/", {"issue": issue.pk})
    assert answer.status_code == 422
    assert Proposal.objects.get().state == "open"


def test_that_declining_wants_a_reason(cast: SimpleNamespace, login: Login, proposal: Proposal) -> None:
    browser = login(cast.csm)
    for why in ("", "  ", "x" * 301):
        assert browser.post(f"{AT}{proposal.pk}/decline/", {"why": why}).status_code == 422
    browser.post(f"{AT}{proposal.pk}/decline/", {"why": "Covered in September"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.declined_because) == ("declined", "Covered in September")
    assert "Covered in September" in browser.get(f"{AT}{proposal.pk}/").content.decode()


def test_that_what_is_decided_takes_no_vote_and_no_other_decision(
    cast: SimpleNamespace, login: Login, proposal: Proposal
) -> None:
    decline(actor=cast.csm, proposal=proposal, why="Covered")
    answer = login(cast.am).post(f"{AT}{proposal.pk}/vote/", {"wants": "1"}, follow=True)
    assert "It is declined by now" in answer.content.decode()
    answer = login(cast.csm).post(f"{AT}{proposal.pk}/plan/", {"issue": make_issue().pk})
    assert answer.status_code == 422
    assert Proposal.objects.get().state == "declined"


def test_that_it_is_opened_again_until_it_was_sent(cast: SimpleNamespace, login: Login, proposal: Proposal) -> None:
    plan(actor=cast.csm, proposal=proposal, issue=make_issue())
    assert reopen(actor=cast.csm, proposal=proposal).issue is None
    Proposal.objects.update(state="used")
    answer = login(cast.csm).post(f"{AT}{proposal.pk}/reopen/", follow=True)
    assert "It has been sent" in answer.content.decode()


def test_that_another_s_words_are_changed_by_editors_alone(
    cast: SimpleNamespace, login: Login, proposal: Proposal
) -> None:
    own = propose(actor=cast.support, title="Own")
    assert login(cast.support).get(f"{AT}{own.pk}/edit/").status_code == 200
    assert login(cast.support).post(f"{AT}{proposal.pk}/edit/", {"title": "Mine now"}).status_code == 403
    login(cast.specialist).post(f"{AT}{proposal.pk}/edit/", {"title": "Better exports"})
    proposal.refresh_from_db()
    assert proposal.title == "Better exports"
    assert edit_proposal(actor=cast.csm, proposal=proposal, body="More").body == "More"


def test_that_planned_ones_follow_their_issue(cast: SimpleNamespace) -> None:
    counts = dict.fromkeys(("total", "sent", "failed", "unknown", "suppressed", "cancelled"), 0)
    issues = {state: make_issue(state, topic=make_topic(state)) for state in ("finished", "cancelled", "draft")}
    found = {state: propose(actor=cast.csm, title=state) for state in (*issues, "deleted")}
    for state, issue in issues.items():
        plan(actor=cast.csm, proposal=found[state], issue=issue)
    Proposal.objects.filter(pk=found["deleted"].pk).update(state="planned")
    for state in ("finished", "cancelled"):
        Issue.objects.filter(pk=issues[state].pk).update(state=state, ended_at=found[state].created_at, **counts)
    freshen_proposals()
    states = dict(Proposal.objects.values_list("title", "state"))
    assert states == {"finished": "used", "cancelled": "open", "draft": "planned", "deleted": "open"}


def test_that_votes_of_many_take_the_same_queries(
    cast: SimpleNamespace, login: Login, proposal: Proposal, django_assert_max_num_queries: Callable
) -> None:
    for number in range(30):
        other = Proposal.objects.create(title=f"Other {number}", proposed_by=cast.am, topic=None)
        vote(actor=cast.am, proposal=other, wants=True)
    browser = login(cast.csm)
    browser.get(AT)
    with django_assert_max_num_queries(12):
        browser.get(AT)


def test_that_whatever_is_searched_for_is_answered(cast: SimpleNamespace, login: Login, proposal: Proposal) -> None:
    answer = login(cast.csm).get(AT, {"q": "a\0b", "state": "\0", "topic": "²"})
    assert answer.status_code == 200
