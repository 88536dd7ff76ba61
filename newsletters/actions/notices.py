"""Notices: written, published to their audience, withdrawn at once, and copied."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from core import outbox
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.actions.audiences import set_audience
from newsletters.audiences import AudienceContent, content_of
from newsletters.models import Audience, Notice
from newsletters.rules.notice_text import is_web_address, problems_of
from segments.drafts import fingerprint

FREEZE = "newsletters.freeze_notice"
State = Notice.State
FACTS = frozenset(
    {
        *("title", "body", "link_url", "link_text", "kind", "shows", "priority"),
        *("topic", "starts_at", "ends_at"),
    }
)


@repeated_transaction
def create_notice(*, actor: User | None, content: AudienceContent | None = None, **facts: Any) -> Notice:
    """Return the draft now there, for the audience that the content tells of or for everybody.

    Raises Invalid for facts that contradict each other or that a notice can't show.
    """
    _may(actor, "notice.edit")
    notice = Notice(created_by=actor, starts_at=timezone.now(), audience=_new_audience(content))
    _take_facts(notice, facts)
    notice.save()
    return notice


@repeated_transaction
def update_notice(
    *,
    actor: User | None,
    notice: Notice,
    content: AudienceContent | None = None,
    expected: str | None = None,
    **facts: Any,
) -> Notice:
    """Return the notice with these facts; one that is published changes for everybody at once.

    `expected` is the mark of what the editor began with (`notice_mark`). Raises NotAllowed where it is published and
    the actor may not publish, Conflict where it was withdrawn, where somebody else has changed it since or where a
    published one is to get another audience, and Invalid as `create_notice` does.
    """
    locked = _locked(notice)
    _may(actor, "notice.edit" if locked.state == State.DRAFT else "notice.publish")
    if locked.state == State.WITHDRAWN:
        raise Conflict("This notice was withdrawn. Make a copy to show it again.", code="withdrawn")
    if expected and expected != notice_mark(locked):
        raise Conflict(
            "Somebody else has changed this notice since you opened it. What you typed is still here: look at theirs "
            "on the notice’s page, then save again if yours should stand instead.",
            code="changed_since",
        )
    if content is not None:
        _set_audience(locked, content)
    _take_facts(locked, facts)
    locked.save()
    return locked


@repeated_transaction
def publish_notice(
    *, actor: User | None, notice: Notice, expected: str | None = None, now: datetime | None = None
) -> Notice:
    """Return the notice, published: its audience gets it within moments, and who joins the audience later gets it too.

    `expected` is the mark of what was read (`notice_mark`). Raises Conflict where it is no draft or was changed since,
    Invalid where its time is already over.
    """
    _may(actor, "notice.publish")
    now = now or timezone.now()
    locked = _locked(notice)
    if locked.state != State.DRAFT:
        raise Conflict("This notice is published already.", code="not_a_draft")
    if expected and expected != notice_mark(locked):
        raise Conflict("It has changed since you read it. Read it again, then publish it.", code="changed_since")
    if locked.ends_at is not None and locked.ends_at <= now:
        raise Invalid("Its time is already over; nobody would see it.", code="over", field="ends_at")
    locked.state, locked.published_at, locked.published_by = State.PUBLISHED, now, actor
    locked.save(update_fields=["state", "published_at", "published_by"])
    outbox.enqueue(FREEZE, {"notice": locked.pk})
    return locked


def notice_mark(notice: Notice) -> str:
    """Return a short mark of what the notice says and to whom; it changes with either."""
    said = {name: str(getattr(notice, "topic_id" if name == "topic" else name)) for name in FACTS}
    return fingerprint({"said": said, "to": asdict(content_of(notice.audience))})


@repeated_transaction
def withdraw_notice(*, actor: User | None, notice: Notice) -> Notice:
    """Return the notice, withdrawn: no feed shows it from now on. Raises Conflict where it is not published."""
    _may(actor, "notice.publish")
    locked = _locked(notice)
    if locked.state != State.PUBLISHED:
        raise Conflict("Only what is published can be withdrawn.", code="not_published")
    locked.state = State.WITHDRAWN
    locked.save(update_fields=["state"])
    return locked


@repeated_transaction
def copy_notice(*, actor: User | None, notice: Notice) -> Notice:
    """Return a draft like the notice, for an audience of its own that is alike; it begins now and has no end."""
    _may(actor, "notice.edit")
    facts = {name: getattr(notice, name) for name in FACTS - {"starts_at", "ends_at"}}
    copy = Notice(
        created_by=actor, starts_at=timezone.now(), audience=_new_audience(content_of(notice.audience)), **facts
    )
    copy.title = f"Copy of {notice.title}"[: Notice._meta.get_field("title").max_length]
    copy.save()
    return copy


@repeated_transaction
def delete_notice(*, actor: User | None, notice: Notice) -> None:
    """Delete a draft with its audience; raise Conflict for what was published: its figures stay."""
    _may(actor, "notice.edit")
    locked = _locked(notice)
    if locked.state != State.DRAFT:
        raise Conflict("It was published, so it stays with its figures. Withdraw it instead.", code="not_a_draft")
    audience = locked.audience
    locked.delete()
    audience.delete()


def _may(actor: User | None, action: str) -> None:
    if actor is not None:
        require(actor, action)


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).select_related("audience").get(pk=notice.pk)


def _new_audience(content: AudienceContent | None) -> Audience:
    audience = Audience.objects.create()
    if content is not None:
        set_audience(audience=audience, content=content)
        audience.refresh_from_db()
    return audience


def _set_audience(notice: Notice, content: AudienceContent) -> None:
    if notice.state != State.DRAFT:
        raise Conflict("It is published: whom it is for stays. Copy it for others.", code="published")
    set_audience(audience=notice.audience, content=content)


def _take_facts(notice: Notice, facts: dict[str, Any]) -> None:
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise Invalid(f"A notice has no {unknown[0]}.", code="unknown_field", field=unknown[0])
    for name, value in facts.items():
        setattr(notice, name, value.strip() if isinstance(value, str) else value)
    _check_texts(notice)
    if notice.ends_at is not None and notice.ends_at <= notice.starts_at:
        raise Invalid("It ends before it begins.", field="ends_at")
    try:
        notice.clean_fields(exclude=["audience", "topic", "created_by"])
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error


def _check_texts(notice: Notice) -> None:
    problems = problems_of(notice.body)
    if problems:
        raise Invalid(" ".join(problems), field="body")
    if notice.link_url and not is_web_address(notice.link_url):
        raise Invalid("Write the whole address, beginning with https:// or http://.", field="link_url")
    if notice.link_text and not notice.link_url:
        raise Invalid("Say where the link leads.", field="link_url")
