"""Proposals with who wants them: the list of staff, and what contacts vote on."""

from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Contact, User
from core.ids import read_id
from newsletters.access import proposals_for_customers
from newsletters.models import Issue, Proposal, ProposalVote

# A ranking; nobody reads further down, the newest are paged.
MOST_RANKED = 100
MOST_COMING = 30


def with_votes(proposals: QuerySet[Proposal], viewer: User | None = None) -> QuerySet[Proposal]:
    """Return the proposals with `colleagues`, `customers` and `wanted`, and whether the viewer voted (`is_mine`).

    Customers count once whatever number of their contacts voted; `wanted` adds those who asked in hours.
    """
    votes = ProposalVote.objects.filter(proposal=OuterRef("pk")).order_by().values("proposal")
    colleagues = votes.filter(user__isnull=False).annotate(n=Count("pk")).values("n")
    customers = votes.filter(contact__isnull=False).annotate(n=Count("contact__customer", distinct=True)).values("n")
    mine = ProposalVote.objects.filter(proposal=OuterRef("pk"), user=viewer) if viewer else ProposalVote.objects.none()
    return proposals.annotate(
        colleagues=Coalesce(Subquery(colleagues, output_field=IntegerField()), 0),
        customers=Coalesce(Subquery(customers, output_field=IntegerField()), 0),
        is_mine=Exists(mine),
    ).annotate(wanted=F("colleagues") + F("customers") + F("asked_by"))


def filtered(
    proposals: QuerySet[Proposal], *, state: str = "", source: str = "", topic: str = "", words: str = ""
) -> QuerySet[Proposal]:
    """Return the proposals that fit; what is empty or unknown does not narrow them."""
    if state in Proposal.State.values:
        proposals = proposals.filter(state=state)
    if source in Proposal.Source.values:
        proposals = proposals.filter(source=source)
    topic_id = read_id(topic)
    if topic_id is not None:
        proposals = proposals.filter(topic=topic_id)
    if words:
        proposals = proposals.filter(Q(title__icontains=words) | Q(body__icontains=words))
    return proposals.select_related("topic", "issue", "proposed_by")


def ranked(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Return the proposals, those that most want first; it wants `with_votes`."""
    return proposals.order_by(F("wanted").desc(), "-created_at", "-pk")


def issues_to_plan_in() -> QuerySet[Issue]:
    """Return the issues that still take proposals, the next in the calendar first."""
    return Issue.objects.filter(state__in=Issue.EDITABLE).order_by(F("planned_on").asc(nulls_last=True), "-pk")


def coming_topics(contact: Contact) -> list[Any]:
    """Return what the contact may vote on, the newest first, each with `is_mine`; one query.

    How many voted is not shown: contacts say what they want, not what wins.
    """
    mine = ProposalVote.objects.filter(proposal=OuterRef("pk"), contact=contact)
    found = proposals_for_customers().annotate(is_mine=Exists(mine)).select_related("topic")
    return list(found.order_by("-created_at", "-pk")[:MOST_COMING])
