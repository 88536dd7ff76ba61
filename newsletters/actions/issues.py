"""Issues: begun from nothing, from proposals or from an earlier one; their details; their day in the calendar."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import require
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.actions.audiences import set_audience
from newsletters.actions.changes import begin_change, end_change, expect, expect_version
from newsletters.audiences import AudienceContent, content_of
from newsletters.models import Audience, Block, Issue, Proposal, Topic
from newsletters.rules.templates import problems
from newsletters.rules.wire import is_address
from newsletters.variables import names
from segments.drafts import fingerprint

FACTS = (
    *("title", "topic", "language", "subject", "preheader", "subject_b", "ab_percent", "ab_hours", "ab_by"),
    *("sender_name", "reply_to", "in_archive"),
)
# The team's own, unless the archive shows it as the heading.
TITLE = frozenset({"title"})
WITH_VARIABLES = ("subject", "preheader", "subject_b")
MOST_PROPOSALS = 20
# Pictures have up to 2 MB each: they go from row to row without passing through here.
COPY_PICTURES = """
INSERT INTO newsletters_picture (uid, issue_id, content_type, width, height, data, uploaded_by_id, uploaded_at)
SELECT copied.new, %(issue)s, content_type, width, height, data, %(actor)s, now()
FROM newsletters_picture JOIN unnest(%(old)s::uuid[], %(new)s::uuid[]) AS copied (old, new) ON uid = copied.old
"""


@repeated_transaction
def create_issue(
    *, actor: User | None, title: str, topic: Topic, proposals: Iterable[Proposal] = (), **facts: Any
) -> Issue:
    """Return a new draft; each proposal becomes a block of it and is planned.

    Raises Invalid for facts that can't be, Conflict for a topic that is closed or a proposal that is taken.
    """
    _may(actor)
    issue = Issue(created_by=actor, editor=actor, audience=Audience.objects.create())
    issue.planned_on = facts.pop("planned_on", None)
    _take_facts(issue, {"subject": title, **facts, "title": title, "topic": topic})
    issue.save()
    _plan(issue, list(proposals))
    return issue


@repeated_transaction
def copy_issue(*, actor: User | None, source: Issue, title: str = "", **facts: Any) -> Issue:
    """Return a new draft with the source's content, details and audience; its approval and its time stay behind."""
    _may(actor)
    copied = {name: getattr(source, name) for name in FACTS} | {"title": title or f"Copy of {source.title}"[:200]}
    issue = Issue(created_by=actor, editor=actor, audience=_copied_audience(source.audience))
    issue.planned_on = facts.pop("planned_on", None)
    issue.timing, issue.keeps_quiet_hours = source.timing, source.keeps_quiet_hours
    _take_facts(issue, copied | facts)
    issue.save()
    uids = _copied_pictures(source, issue, actor)
    Block.objects.bulk_create(
        Block(issue=issue, position=n, kind=block.kind, data=_renamed(block.data, uids))
        for n, block in enumerate(source.blocks.order_by("position"), start=1)
    )
    return issue


@repeated_transaction
def change_details(*, actor: User | None, issue: Issue, expected: str | None = None, **facts: Any) -> Issue:
    """Return the issue with these details; what recipients or readers of the archive see makes a new version of it.

    `expected` is the mark of the details that the editor began with (`details_mark`). Raises Conflict `changed_since`
    where somebody else has changed them since, Invalid for what can't be.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk)
    expect(_marks(locked), expected, "Somebody else has changed these details since you opened them.")
    before = _marks(locked)
    _take_facts(locked, facts)
    changed = {name for name, value in _marks(locked).items() if value != before[name]}
    if changed - TITLE or (changed and locked.in_archive):
        return end_change(actor=actor, issue=locked)
    if changed:
        locked.save(update_fields=["title", "updated_at"])
    return locked


def details_mark(issue: Issue) -> str:
    """Return a short mark of the details: two editors who began with different ones do not overwrite each other."""
    return fingerprint(_marks(issue))


@repeated_transaction
def change_audience(
    *, actor: User | None, issue: Issue, content: AudienceContent, expected: str | None = None
) -> Issue:
    """Return the issue for this audience. Raises Conflict `changed_since` as `change_details` does."""
    locked = begin_change(actor=actor, issue_id=issue.pk)
    marks = asdict(content_of(locked.audience))
    expect(marks, expected, "Somebody else has changed the audience since you opened it.")
    return end_change(actor=actor, issue=locked) if set_audience(audience=locked.audience, content=content) else locked


def audience_mark(audience: Audience) -> str:
    """Return a short mark of whom the audience means."""
    return fingerprint(asdict(content_of(audience)))


@repeated_transaction
def plan_issue(*, actor: User | None, issue: Issue, planned_on: date | None) -> Issue:
    """Return the issue on another day of the editorial calendar; None takes it off. An approval goes on holding.

    Raises Conflict where it is scheduled or further on: then its time of sending says its day.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk)
    locked.planned_on = planned_on
    locked.save(update_fields=["planned_on", "updated_at"])
    return locked


@repeated_transaction
def delete_issue(*, actor: User | None, issue: Issue, version: int | None = None) -> None:
    """Delete the issue with its content; its proposals are open again.

    Raises Conflict once it is scheduled, and where it is not the `version` that was seen: it holds what somebody else
    has written since.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk)
    expect_version(locked, version)
    locked.proposals.filter(state=Proposal.State.PLANNED).update(state=Proposal.State.OPEN, issue=None)
    audience = locked.audience
    locked.delete()
    audience.delete()


def proposals_to_take() -> QuerySet[Proposal]:
    """Return the proposals that a new issue may take up: open ones, and planned ones that are in no issue yet."""
    return Proposal.objects.filter(state__in=[Proposal.State.OPEN, Proposal.State.PLANNED], issue=None)


# --- parts ----------------------------------------------------------------------------------------
def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "newsletter.edit")


def _marks(issue: Issue) -> dict[str, Any]:
    return {name: getattr(issue, "topic_id" if name == "topic" else name) for name in FACTS}


def _take_facts(issue: Issue, facts: dict[str, Any]) -> None:
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise Invalid(f"A newsletter has no {unknown[0]}.", code="unknown_field", field=unknown[0])
    topic = facts.get("topic")
    if topic is not None and not topic.is_open and topic.pk != issue.topic_id:
        raise Conflict(f"“{topic}” takes no new newsletters any more.", code="topic_closed", field="topic")
    for name, value in facts.items():
        # A line break in a header would begin the next one.
        setattr(issue, name, " ".join(value.split()) if isinstance(value, str) else value)
    if not issue.title:
        raise Invalid("Give it a title.", field="title")
    if issue.reply_to and not is_address(issue.reply_to):
        raise Invalid("No mail can name this address. Write one such as team@company.com.", field="reply_to")
    for name in WITH_VARIABLES:
        _check_variables(getattr(issue, name), name)
    try:
        issue.clean_fields(exclude=["audience", "created_by", "editor", "reviewer", "scheduled_by", "state"])
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise Invalid(sentences[0], field=field) from error


def _check_variables(text: str, field: str) -> None:
    if found := problems(text, names()):
        raise Invalid(found[0], code="unknown_variable", field=field)


def _plan(issue: Issue, proposals: list[Proposal]) -> None:
    """Make a block of each proposal; those that a colleague takes at the same moment are the colleague's."""
    if len(proposals) > MOST_PROPOSALS:
        raise Invalid(f"At most {MOST_PROPOSALS} proposals in one newsletter.", field="proposals")
    wanted = [proposal.pk for proposal in proposals]
    locked = {one.pk: one for one in proposals_to_take().select_for_update().filter(pk__in=wanted)}
    for proposal in proposals:
        if proposal.pk not in locked:
            raise Conflict(f"“{proposal}” is in another newsletter already.", code="proposal_taken", field="proposals")
    Block.objects.bulk_create(
        Block(issue=issue, position=n, kind="text", data={"body": _opening(locked[pk])})
        for n, pk in enumerate(wanted, start=1)
    )
    Proposal.objects.filter(pk__in=wanted).update(issue=issue, state=Proposal.State.PLANNED)


def _opening(proposal: Proposal) -> str:
    # What somebody typed into a proposal is no variable yet.
    text = f"## {proposal.title}\n\n{proposal.body}".strip()
    return text.replace("{{", "{ {").replace("}}", "} }") if problems(text, names()) else text


def _copied_audience(source: Audience) -> Audience:
    copied = Audience.objects.create()
    set_audience(audience=copied, content=content_of(source))
    return copied


def _copied_pictures(source: Issue, issue: Issue, actor: User | None) -> dict[str, str]:
    """Return the copy's picture for each that the source shows, by their uid: the source may be deleted."""
    shown = json.dumps(list(source.blocks.values_list("data", flat=True)))
    uids = {uid: uuid4() for uid in source.pictures.values_list("uid", flat=True) if str(uid) in shown}
    with connection.cursor() as cursor:
        cursor.execute(
            COPY_PICTURES,
            {
                "issue": issue.pk,
                "actor": actor.pk if actor else None,
                "old": list(map(str, uids)),
                "new": list(map(str, uids.values())),
            },
        )
    return {str(old): str(new) for old, new in uids.items()}


def _renamed(data: Any, uids: dict[str, str]) -> Any:
    """Return a block's data with the pictures' names replaced, wherever they stand in it."""
    if isinstance(data, dict):
        return {key: _renamed(value, uids) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(value, uids) for value in data]
    if isinstance(data, str):
        for uid, copy in uids.items():
            data = data.replace(uid, copy)
    return data
