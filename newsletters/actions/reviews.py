"""Approval: asked for, given or refused by a second person, and good for the one version that was read."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.mail import post
from accounts.models import User
from accounts.permissions import may, require
from core.errors import Conflict, Invalid, NotAllowed
from core.transactions import repeated_transaction
from newsletters.actions.changes import begin_change, expect_version
from newsletters.models import Issue, NewsletterSettings, Review
from newsletters.queries.approvals import lacks_approval

State = Issue.State
Verdict = Review.Verdict
LONGEST_COMMENT = 2000


@repeated_transaction
def ask_for_approval(
    *, actor: User | None, issue: Issue, reviewer: User | None = None, note: str = "", version: int | None = None
) -> Issue:
    """Return the issue, now waiting for approval; a reviewer that is named gets a mail.

    Raises Conflict where it is not a draft, changed since `version`, or says nothing yet; Invalid for a reviewer who
    may not approve it.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk)
    expect_version(locked, version)
    if not may_be_asked_about(locked):
        raise Conflict("Its approval is asked for already.", code="asked_already")
    refuse_unfinished(locked)
    if reviewer is not None and (refusal := why_not_approve(reviewer, locked)):
        raise Invalid(f"{reviewer} can’t approve it. {refusal}", field="reviewer")
    locked.state, locked.reviewer = State.IN_REVIEW, reviewer
    locked.save(update_fields=["state", "reviewer", "updated_at"])
    _say(locked, actor, Verdict.ASKED, note)
    if reviewer is not None:
        _tell(reviewer, "newsletter-review", locked, actor, note)
    return locked


@repeated_transaction
def approve(*, actor: User, issue: Issue, comment: str = "", version: int | None = None) -> Issue:
    """Return the issue, approved as it is; the next change of it ends that.

    Raises NotAllowed for who made or last changed it while a second person is asked for, Conflict `changed_since`
    where it is not the `version` that was read.
    """
    return _decide(actor, issue, Verdict.APPROVED, State.APPROVED, comment, version)


@repeated_transaction
def send_back(*, actor: User, issue: Issue, comment: str, version: int | None = None) -> Issue:
    """Return the issue, a draft again, with what is to change in the comment. Raises as `approve`."""
    if not comment.strip():
        raise Invalid("Say what should change.", field="comment")
    return _decide(actor, issue, Verdict.RETURNED, State.DRAFT, comment, version)


@repeated_transaction
def withdraw(*, actor: User | None, issue: Issue) -> Issue:
    """Return the issue, a draft again before anybody decided; raise Conflict where it does not wait for approval."""
    locked = begin_change(actor=actor, issue_id=issue.pk)
    if locked.state != State.IN_REVIEW:
        raise Conflict("It does not wait for approval.", code="not_in_review")
    locked.state, locked.reviewer = State.DRAFT, None
    locked.save(update_fields=["state", "reviewer", "updated_at"])
    return locked


def may_be_asked_about(issue: Issue) -> bool:
    """Tell whether approval can be asked for: of a draft, and of what was approved by nobody but its own author."""
    return issue.state == State.DRAFT or (issue.state == State.APPROVED and lacks_approval(issue))


def why_not_approve(user: User, issue: Issue) -> str:
    """Return why this person may not approve the issue, in a sentence; empty where it may."""
    if not may(user, "newsletter.approve"):
        return "Only one-to-many specialists, managers and administrators approve newsletters."
    if not NewsletterSettings.current().needs_approval:
        return ""
    if user.pk == issue.editor_id:
        return "Who last changed it does not approve it: a second person reads it first."
    if user.pk == issue.created_by_id:
        return "Who made it does not approve it: a second person reads it first."
    return ""


def refuse_unfinished(issue: Issue) -> None:
    """Return nothing where the issue can be read as a whole; raise Conflict for one without a subject or content."""
    if not issue.subject:
        raise Conflict("It has no subject yet.", code="no_subject")
    if not issue.blocks.exists():
        raise Conflict("It has no content yet.", code="no_content")


# --- parts ----------------------------------------------------------------------------------------
def _decide(
    actor: User, issue: Issue, verdict: Review.Verdict, state: Issue.State, comment: str, version: int | None
) -> Issue:
    require(actor, "newsletter.approve")
    locked = begin_change(actor=actor, issue_id=issue.pk, action="newsletter.approve")
    if refusal := why_not_approve(actor, locked):
        raise NotAllowed(refusal, code="second_person", action="newsletter.approve")
    expect_version(locked, version)
    if locked.state != State.IN_REVIEW:
        raise Conflict("It does not wait for approval any more.", code="not_in_review")
    asked_by = _who_asked(locked)
    locked.state = state
    locked.save(update_fields=["state", "updated_at"])
    review = _say(locked, actor, verdict, comment)
    if asked_by is not None and asked_by != actor:
        _tell(asked_by, "newsletter-reviewed", locked, actor, review.comment, verdict=verdict.value)
    return locked


def _say(issue: Issue, actor: User | None, verdict: Review.Verdict, comment: str) -> Review:
    if len(comment) > LONGEST_COMMENT:
        raise Invalid(f"At most {LONGEST_COMMENT} letters.", field="comment")
    return Review.objects.create(
        issue=issue, version=issue.version, verdict=verdict, person=actor, comment=comment.strip()
    )


def _who_asked(issue: Issue) -> User | None:
    asked = issue.reviews.filter(verdict=Verdict.ASKED, version=issue.version).select_related("person").first()
    return asked.person if asked and asked.person and asked.person.is_active else None


def _tell(to: User, template: str, issue: Issue, actor: User | None, words: str, **facts: Any) -> None:
    url = settings.PUBLIC_URL + reverse("newsletter_approval", args=[issue.pk])
    post(to.email, template, {"issue": issue, "actor": actor, "words": words.strip(), "url": url, "to": to, **facts})
