"""The only way to get at issues, topics and proposals: what is not yours is not there."""

from django.db.models import Q, QuerySet

from accounts.models import Contact, User
from accounts.permissions import require
from core.errors import NotFound
from newsletters.models import Block, Issue, Proposal, Topic

WITH_ISSUE = ("topic", "audience", "created_by", "editor", "reviewer", "scheduled_by")


def issues_within(user: User, action: str = "newsletter.view") -> QuerySet[Issue]:
    """Return the issues with which the member of staff may do `action`; raise NotAllowed for who may not at all."""
    require(user, action)
    return Issue.objects.all()


def issue_for(user: User, pk: int, action: str = "newsletter.view") -> Issue:
    """Return the issue; raise NotAllowed for who may not do `action`, NotFound where there is none."""
    issue = issues_within(user, action).select_related(*WITH_ISSUE).filter(pk=pk).first()
    if issue is None:
        raise NotFound("There is no such newsletter.")
    return issue


def block_for(user: User, pk: int, block_id: int, action: str = "newsletter.edit") -> Block:
    """Return the block of the issue, the issue with it; raise as `issue_for` does, NotFound for a block of another."""
    issue = issue_for(user, pk, action)
    block = Block.objects.filter(issue=issue, pk=block_id).first()
    if block is None:
        raise NotFound("This block is no longer there. Somebody may have removed it.")
    block.issue = issue
    return block


def topic_for(user: User, pk: int, action: str = "newsletter.view") -> Topic:
    """Return the topic; raise NotAllowed for who may not do `action`, NotFound where there is none."""
    require(user, action)
    topic = Topic.objects.filter(pk=pk).first()
    if topic is None:
        raise NotFound("There is no such topic.")
    return topic


def proposals_within(user: User, action: str = "newsletter.propose") -> QuerySet[Proposal]:
    """Return the proposals with which the member of staff may do `action`; raise NotAllowed for who may not at all."""
    require(user, action)
    return Proposal.objects.all()


def proposal_for(user: User, pk: int, action: str = "newsletter.propose") -> Proposal:
    """Return the proposal; raise NotAllowed for who may not do `action`, NotFound where there is none."""
    proposal = proposals_within(user, action).select_related("topic", "issue", "proposed_by").filter(pk=pk).first()
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def proposals_for_customers() -> QuerySet[Proposal]:
    """Return what contacts may vote on in the portal: open proposals that are shown to customers."""
    shown_topic = Q(topic=None) | Q(topic__is_open=True)
    return Proposal.objects.filter(shown_topic, state=Proposal.State.OPEN, customers_may_vote=True)


def coming_for(contact: Contact, pk: int) -> Proposal:
    """Return the proposal on which the contact may vote; raise NotFound for any other."""
    proposal = proposals_for_customers().filter(pk=pk).first() if contact.is_active else None
    if proposal is None:
        raise NotFound("This topic is no longer open for votes.")
    return proposal
