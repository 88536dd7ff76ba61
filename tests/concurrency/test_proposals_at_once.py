"""What happens by itself or by two people at the same moment happens once: proposals that arrive, votes, digests."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest

from accounts.models import Contact, Role, User
from core.models import OutboxEntry
from newsletters import sources
from newsletters.actions.digest import send_digests
from newsletters.actions.proposals import freshen_proposals, vote, vote_as_customer
from newsletters.models import NewsletterSettings, Proposal, ProposalVote
from newsletters.sources import ProposalSource, Suggested
from tests.cast import make_contact, make_customer, make_person
from tests.processes import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROCESSES = 4
ROUNDS = 5
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def take_up() -> str:
    """Take up what two sources bring."""
    for name in ("hours", "staff"):
        sources.register(ProposalSource(name, lambda: [Suggested(f"{n}", f"Topic {n}", asked_by=n) for n in range(5)]))
    freshen_proposals()
    return "done"


def test_that_what_arrives_at_once_arrives_once() -> None:
    for _ in range(ROUNDS):
        Proposal.objects.all().delete()
        assert run_at_once([take_up] * PROCESSES) == ["done"] * PROCESSES
        assert Proposal.objects.count() == 10


def vote_of(person: User, proposal: Proposal) -> str:
    """Give the colleague's vote."""
    vote(actor=person, proposal=proposal, wants=True)
    return "voted"


def vote_of_customer(contact: Contact, proposal: Proposal) -> str:
    """Give the contact's vote."""
    vote_as_customer(contact=contact, proposal=proposal, wants=True)
    return "voted"


def test_that_a_vote_given_twice_at_once_counts_once() -> None:
    person = make_person("votes@company.example", Role.CSM)
    contact = make_contact(make_customer("Acme"), "ann@acme.example")
    proposal = Proposal.objects.create(title="Exports", customers_may_vote=True)
    for _ in range(ROUNDS):
        ProposalVote.objects.all().delete()
        voters = [partial(vote_of, person, proposal), partial(vote_of_customer, contact, proposal)] * 2
        assert run_at_once(voters) == ["voted"] * len(voters)
        assert ProposalVote.objects.count() == 2


def digest() -> str:
    """Promise the digests of one Monday."""
    return str(send_digests(now=MONDAY))


def test_that_digests_asked_for_at_once_are_promised_once_each() -> None:
    NewsletterSettings.current()
    people = [make_person(f"editor{n}@company.example", Role.CSM) for n in range(3)]
    Proposal.objects.create(title="Exports")
    answers = run_at_once([digest] * PROCESSES)
    assert sorted(answers) == ["0"] * (PROCESSES - 1) + ["3"]
    promised = Counter(OutboxEntry.objects.filter(kind="accounts.mail").values_list("payload__about", flat=True))
    assert promised == {f"newsletter-digest:2026-11-23:{person.pk}": 1 for person in people}
