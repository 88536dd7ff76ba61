"""What customers keep asking arrives as a proposal by itself: once, with fresh figures, and not against a decision."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletters import sources
from newsletters.actions.proposals import decline, freshen_proposals, plan
from newsletters.models import Issue, Proposal
from newsletters.sources import ProposalSource, Suggested
from tests.newsletters.makers import make_issue


@pytest.fixture
def asked() -> Iterator[dict[str, int]]:
    """Return what is asked by how many, the only source for one test."""
    before = sources.sources()
    for source in before:
        sources.unregister(source.name)
    found: dict[str, int] = {"Exports": 3}
    sources.register(
        ProposalSource("hours", lambda: [Suggested(name.lower(), name, "Why", n) for name, n in found.items()])
    )
    cache.clear()
    yield found
    for source in before:
        sources.register(source)


def test_that_it_arrives_once_and_keeps_its_figures_fresh(cast: SimpleNamespace, asked: dict[str, int]) -> None:
    assert freshen_proposals() == {"arrived": 1, "changed": 0}
    assert freshen_proposals() == {"arrived": 0, "changed": 0}
    Proposal.objects.update(title="Exports, explained")
    asked["Exports"] = 5
    assert freshen_proposals() == {"arrived": 0, "changed": 1}
    proposal = Proposal.objects.get()
    assert (proposal.title, proposal.asked_by, proposal.source) == ("Exports, explained", 5, "hours")


def test_that_looking_at_the_list_brings_it(
    cast: SimpleNamespace, asked: dict[str, int], login: Callable[..., Client]
) -> None:
    page = login(cast.csm).get("/newsletters/proposals/").content.decode()
    assert "Exports" in page
    assert "3 asked in hours" in page


def test_that_a_declined_one_comes_back_when_twice_as_many_ask(cast: SimpleNamespace, asked: dict[str, int]) -> None:
    freshen_proposals()
    decline(actor=cast.csm, proposal=Proposal.objects.get(), why="Covered")
    asked["Exports"] = 5
    freshen_proposals()
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.asked_by) == ("declined", 3)
    asked["Exports"] = 6
    freshen_proposals()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.asked_by, proposal.declined_because) == ("open", 6, "")


def test_that_what_was_sent_comes_up_again_when_all_who_ask_have_had_it(
    cast: SimpleNamespace, asked: dict[str, int]
) -> None:
    freshen_proposals()
    issue = make_issue()
    plan(actor=cast.csm, proposal=Proposal.objects.get(), issue=issue)
    ended = {"ended_at": timezone.now(), "state": Issue.State.FINISHED}
    counts = dict.fromkeys(("total", "sent", "failed", "unknown", "suppressed", "cancelled"), 0)
    Issue.objects.filter(pk=issue.pk).update(**ended, **counts)
    freshen_proposals()
    assert list(Proposal.objects.values_list("state", flat=True)) == ["used"]
    freshen_proposals(now=timezone.now() + timedelta(days=91))
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["open", "used"]


def test_that_one_that_is_no_longer_asked_stays(cast: SimpleNamespace, asked: dict[str, int]) -> None:
    freshen_proposals()
    asked.clear()
    freshen_proposals()
    assert Proposal.objects.get().asked_by == 3


def test_that_a_key_taken_meanwhile_makes_no_second(
    cast: SimpleNamespace, asked: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another worker wrote it after this one had looked.
    Proposal.objects.create(title="Exports", key="hours:exports", source="hours", asked_by=3)
    monkeypatch.setattr("newsletters.actions.proposals._keyed", lambda keys: [])
    freshen_proposals()
    assert Proposal.objects.count() == 1
