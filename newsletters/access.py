"""The only way to get at issues and their parts: what is not yours is not there."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import require
from core.errors import NotFound
from newsletters.models import Block, Issue

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
