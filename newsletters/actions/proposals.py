"""What coming issues could be about: proposing, voting, planning and declining; and what arrives by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.models import Contact, User
from accounts.permissions import may, require
from core.errors import Conflict, Invalid, NotAllowed
from core.transactions import repeated_transaction
from newsletters.access import coming_for
from newsletters.models import Issue, Proposal, ProposalVote
from newsletters.sources import ProposalSource, Suggested, sources

FACTS = frozenset({"title", "body", "topic", "customers_may_vote"})
MOST_IN_AN_ISSUE = 20
# What was declined comes back when so many times as many customers ask as when it was.
COMES_BACK_AT = 2
# What was sent may come up again when so much time has passed that those who ask now have had the issue.
HEARD_BY_ALL = timedelta(days=90)


# --- people ---------------------------------------------------------------------------------------
@repeated_transaction
def propose(*, actor: User, title: str, **facts: Any) -> Proposal:
    """Return the new proposal with its proposer's vote. Raises Invalid, and Conflict for one that is open already."""
    require(actor, "newsletter.propose")
    proposal = Proposal(proposed_by=actor)
    _take(proposal, {**facts, "title": title})
    twin = Proposal.objects.filter(state=Proposal.State.OPEN, title__iexact=proposal.title).first()
    if twin is not None:
        raise Conflict("This is proposed already. Vote for it instead.", code="proposed_already", field="title")
    proposal.save()
    ProposalVote.objects.create(proposal=proposal, user=actor)
    return proposal


@repeated_transaction
def edit_proposal(*, actor: User, proposal: Proposal, **facts: Any) -> Proposal:
    """Return the changed proposal. Raises NotAllowed for another's unless one edits newsletters."""
    locked = _lock(proposal)
    if not may_edit(actor, locked):
        raise NotAllowed("Only who proposed it and who edits newsletters may change it.")
    _take(locked, facts)
    locked.save()
    return locked


def may_edit(user: User, proposal: Proposal) -> bool:
    """Tell whether the person may change the proposal's words."""
    own = proposal.proposed_by_id == user.pk and proposal.state == Proposal.State.OPEN
    return (own and may(user, "newsletter.propose")) or may(user, "newsletter.edit")


@repeated_transaction
def vote(*, actor: User, proposal: Proposal, wants: bool) -> int:
    """Return how many colleagues want the open proposal, after this one's vote was given or taken back."""
    require(actor, "newsletter.propose")
    locked = _open(_lock(proposal))
    _cast(locked, wants, user=actor)
    return ProposalVote.objects.filter(proposal=locked, user__isnull=False).count()


@repeated_transaction
def vote_as_customer(*, contact: Contact, proposal: Proposal, wants: bool) -> None:
    """Give the contact's vote, or take it back; raise NotFound for what customers may not vote on."""
    coming_for(contact, proposal.pk)
    _cast(_open(_lock(proposal)), wants, contact=contact)


@repeated_transaction
def plan(*, actor: User, proposal: Proposal, issue: Issue) -> Proposal:
    """Return the proposal, planned in the issue. Raises Conflict where it is no longer open or the issue not editable.

    Planning writes nothing into the issue: its editor sees the proposal beside it and decides what to say.
    """
    require(actor, "newsletter.edit")
    target = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    locked = _open(_lock(proposal))
    if target.state not in Issue.EDITABLE:
        raise Conflict(f"“{target}” is {target.get_state_display().lower()}; choose another issue.", field="issue")
    if target.proposals.count() >= MOST_IN_AN_ISSUE:
        raise Conflict(f"“{target}” has {MOST_IN_AN_ISSUE} proposals already; choose another issue.", field="issue")
    locked.state, locked.issue = Proposal.State.PLANNED, target
    locked.save(update_fields=["state", "issue"])
    return locked


@repeated_transaction
def decline(*, actor: User, proposal: Proposal, why: str) -> Proposal:
    """Return the declined proposal. Raises Invalid without a reason, Conflict where it is not open."""
    require(actor, "newsletter.edit")
    why = " ".join(why.split())
    if not why:
        raise Invalid("Say why, in a few words: whoever proposed it reads it.", field="why")
    if len(why) > 300:
        raise Invalid("At most 300 characters.", field="why")
    locked = _open(_lock(proposal))
    locked.state, locked.declined_because = Proposal.State.DECLINED, why
    locked.save(update_fields=["state", "declined_because"])
    return locked


@repeated_transaction
def reopen(*, actor: User, proposal: Proposal) -> Proposal:
    """Return the proposal, open again after it was declined or planned. Raises Conflict where it was sent."""
    require(actor, "newsletter.edit")
    locked = _lock(proposal)
    if locked.state == Proposal.State.USED:
        raise Conflict("It has been sent. Propose it anew.", code="proposal_used")
    locked.state, locked.issue, locked.declined_because = Proposal.State.OPEN, None, ""
    locked.save(update_fields=["state", "issue", "declined_because"])
    return locked


def _cast(proposal: Proposal, wants: bool, **voter: Any) -> None:
    if wants:
        ProposalVote.objects.bulk_create([ProposalVote(proposal=proposal, **voter)], ignore_conflicts=True)
    else:
        ProposalVote.objects.filter(proposal=proposal, **voter).delete()


def _lock(proposal: Proposal) -> Proposal:
    locked = Proposal.objects.select_for_update().filter(pk=proposal.pk).first()
    if locked is None:
        raise Conflict("This proposal is no longer there.", code="proposal_gone")
    return locked


def _open(proposal: Proposal) -> Proposal:
    if proposal.state != Proposal.State.OPEN:
        raise Conflict(f"It is {proposal.get_state_display().lower()} by now.", code="proposal_not_open")
    return proposal


def _take(proposal: Proposal, facts: dict[str, Any]) -> None:
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise Invalid(f"A proposal has no {unknown[0]}.", code="unknown_field", field=unknown[0])
    for name, value in facts.items():
        setattr(proposal, name, " ".join(value.split()) if name == "title" else value)
    if proposal.topic is not None and not proposal.topic.is_open:
        raise Invalid("This topic is closed.", field="topic")
    try:
        proposal.clean_fields()
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error


# --- what happens by itself -----------------------------------------------------------------------
@repeated_transaction
def freshen_proposals(*, now: datetime | None = None) -> dict[str, int]:
    """Return how many proposals arrived and changed: from the registered sources, and as their issues went on."""
    now = now or timezone.now()
    changed = _follow_issues(now)
    arrived = 0
    for source in sources():
        new, other = _take_up(source)
        arrived, changed = arrived + new, changed + other
    return {"arrived": arrived, "changed": changed}


def _follow_issues(now: datetime) -> int:
    """Say of planned proposals that they were sent, or are open again; let what was sent long ago come up again."""
    planned = Proposal.objects.filter(state=Proposal.State.PLANNED)
    sent = planned.filter(issue__state=Issue.State.FINISHED).update(state=Proposal.State.USED)
    dropped = Q(issue=None) | Q(issue__state=Issue.State.CANCELLED)
    opened = planned.filter(dropped).update(state=Proposal.State.OPEN, issue=None)
    heard = Q(issue=None) | Q(issue__ended_at__lt=now - HEARD_BY_ALL)
    used = Proposal.objects.filter(heard, state=Proposal.State.USED, key__isnull=False)
    return sent + opened + used.update(key=None)


def _take_up(source: ProposalSource) -> tuple[int, int]:
    """Return how many subjects of the source arrived and changed; of two that take up one at once, one does."""
    suggested = {f"{source.name}:{row.key}"[:200]: row for row in source.rows()}
    known = {row.key: row for row in _keyed(suggested)}
    new = [
        Proposal(
            title=row.title[:200], body=row.body[:5000], source=source.name, key=key, asked_by=max(row.asked_by, 0)
        )
        for key, row in suggested.items()
        if key not in known
    ]
    Proposal.objects.bulk_create(new, ignore_conflicts=True)
    changed = [one for key, one in known.items() if _freshened(one, suggested[str(key)])]
    Proposal.objects.bulk_update(changed, ["asked_by", "state", "declined_because"])
    return len(new), len(changed)


def _keyed(suggested: Iterable[str]) -> Iterable[Proposal]:
    return Proposal.objects.select_for_update().filter(key__in=list(suggested)).order_by("pk")


def _freshened(proposal: Proposal, row: Suggested) -> bool:
    """Tell whether the proposal was changed. A declined one keeps the figure it was declined with until it comes back.

    Figures of what was sent stay as they were, too.
    """
    if proposal.state == Proposal.State.DECLINED:
        if row.asked_by < COMES_BACK_AT * max(proposal.asked_by, 1):
            return False
        proposal.state, proposal.declined_because = Proposal.State.OPEN, ""
    elif proposal.state == Proposal.State.USED or proposal.asked_by == row.asked_by:
        return False
    proposal.asked_by = row.asked_by
    return True
