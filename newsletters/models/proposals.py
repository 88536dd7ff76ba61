"""What could stand in a coming issue: proposed by CSMs, by customers' questions, and voted for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.audit import audited
from newsletters.models.topics import Topic


@audited()
class Proposal(models.Model):
    """A subject for a coming issue."""

    class Source(models.TextChoices):
        STAFF = "staff", "Proposed by a colleague"
        HOURS = "hours", "Asked again and again in hours"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        PLANNED = "planned", "Planned"
        USED = "used", "Sent"
        DECLINED = "declined", "Declined"

    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, max_length=5000, help_text="Why customers need it, and what it should say.")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposals")
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.STAFF)
    # Of what arrives by itself: names it, so that it arrives once and then keeps its figures fresh.
    key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    asked_by = models.PositiveIntegerField(default=0, help_text="Customers who asked about it.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    customers_may_vote = models.BooleanField(default=False, help_text="Shown in the portal for customers to vote on.")
    issue = models.ForeignKey(
        "newsletters.Issue", null=True, blank=True, on_delete=models.SET_NULL, related_name="proposals"
    )
    proposed_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    declined_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "declined"], issue=None) | Q(state__in=["planned", "used"]),
                name="proposal_planned_in_an_issue",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-created_at", "-id"], name="proposal_by_state"),
            models.Index(fields=["issue"], condition=Q(issue__isnull=False), name="proposal_of_issue"),
        ]

    def __str__(self) -> str:
        return self.title


class ProposalVote(models.Model):
    """That a colleague or a contact wants a proposal."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("accounts.Contact", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["proposal", "user", "contact"], name="proposal_vote_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(user=None, contact__isnull=False) | Q(user__isnull=False, contact=None),
                name="proposal_vote_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.user_id or self.contact_id}"
