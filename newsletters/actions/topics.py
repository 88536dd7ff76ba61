"""Setting up what newsletters are about."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from accounts.models import User
from accounts.permissions import require
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.models import Issue, Topic

FACTS = frozenset({"name", "description", "needs_consent"})
MOST_TOPICS = 60
ON_THEIR_WAY = (Issue.State.SCHEDULED, *Issue.UNDER_WAY)


@repeated_transaction
def create_topic(*, actor: User | None, name: str, description: str = "", needs_consent: bool = False) -> Topic:
    """Return the topic now there, behind all others. Raises Conflict for a name that is taken."""
    _may(actor)
    topics = _locked()
    if len(topics) >= MOST_TOPICS:
        raise Invalid(f"At most {MOST_TOPICS} topics: contacts read them all before they choose.")
    topic = Topic(position=max((one.position for one in topics), default=-1) + 1)
    _take(topic, {"name": name, "description": description, "needs_consent": needs_consent}, topics)
    topic.slug = _free_slug(topic.name, {one.slug for one in topics})
    topic.save()
    return topic


@repeated_transaction
def update_topic(*, actor: User | None, topic: Topic, **facts: Any) -> Topic:
    """Return the topic with these facts; its slug stays, because mail programs sort by it. Raises as `create_topic`."""
    _may(actor)
    topics = _locked()
    locked = _one_of(topics, topic)
    _take(locked, facts, topics)
    locked.save()
    return locked


@repeated_transaction
def set_topic_open(*, actor: User | None, topic: Topic, is_open: bool) -> Topic:
    """Return the topic, open or closed. Raises Conflict while an issue of it is scheduled or on its way."""
    _may(actor)
    locked = _one_of(_locked(), topic)
    if not is_open:
        going = Issue.objects.filter(topic=locked, state__in=ON_THEIR_WAY).first()
        if going is not None:
            raise Conflict(
                f"“{going}” of this topic is {going.get_state_display().lower()}. Let it end or cancel it first.",
                code="topic_in_use",
            )
    locked.is_open = is_open
    locked.save(update_fields=["is_open"])
    return locked


@repeated_transaction
def move_topic(*, actor: User | None, topic: Topic, steps: int) -> list[Topic]:
    """Return all topics in their new order, this one so many places further down; it stops at either end."""
    _may(actor)
    topics = _locked()
    moved = _one_of(topics, topic)
    place = topics.index(moved)
    topics.insert(max(0, min(place + steps, len(topics) - 1)), topics.pop(place))
    for position, one in enumerate(topics):
        one.position = position
    Topic.objects.bulk_update(topics, ["position"])
    return topics


def _locked() -> list[Topic]:
    """Return all topics in their order; they are few, and whoever changes one sees the others as they stay."""
    return list(Topic.objects.select_for_update().order_by("position", "name"))


def _one_of(topics: list[Topic], topic: Topic) -> Topic:
    found = next((one for one in topics if one.pk == topic.pk), None)
    if found is None:
        raise Conflict("This topic is no longer there.", code="topic_gone")
    return found


def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "newsletter.topics")


def _take(topic: Topic, facts: dict[str, Any], topics: list[Topic]) -> None:
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise Invalid(f"A topic has no {unknown[0]}.", code="unknown_field", field=unknown[0])
    for name, value in facts.items():
        setattr(topic, name, " ".join(value.split()) if name == "name" else value)
    try:
        topic.clean_fields(exclude=["slug"])
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error
    if any(one.pk != topic.pk and one.name.casefold() == topic.name.casefold() for one in topics):
        raise Conflict("Another topic has this name.", code="name_taken", field="name")


def _free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[:50] or "topic"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
