"""Topics with who gets them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q

from accounts.models import Contact
from newsletters.models import Channel, Issue, Preference, Topic


@dataclass(frozen=True)
class Reach:
    """How many contacts get a topic on a channel, and how many said that they do not want it."""

    subscribers: int
    declined: int


@dataclass(frozen=True)
class TopicLine:
    """A topic with its readers and issues."""

    topic: Topic
    mail: Reach
    notice: Reach
    issues: int
    last_sent: datetime | None


def topic_lines() -> list[TopicLine]:
    """Return all topics in their order with their readers; five queries, however many contacts there are.

    Suppressed addresses are counted as their contacts chose: they may be lifted.
    """
    everybody = _living().count()
    own = {(row["topic_id"], row["channel"]): row for row in _own_words()}
    general = dict(
        _words()
        .filter(topic=None, wants=False)
        .values("channel")
        .annotate(n=Count("pk"))
        .values_list("channel", "n")
        .order_by()
    )
    sent = {
        row["topic_id"]: (row["n"], row["last"])
        for row in Issue.objects.filter(state=Issue.State.FINISHED)
        .order_by()
        .values("topic_id")
        .annotate(n=Count("pk"), last=Max("ended_at"))
    }
    return [
        TopicLine(
            topic,
            _reach(topic, own.get((topic.pk, Channel.MAIL)), general.get(Channel.MAIL, 0), everybody),
            _reach(topic, own.get((topic.pk, Channel.NOTICE)), general.get(Channel.NOTICE, 0), everybody),
            *sent.get(topic.pk, (0, None)),
        )
        for topic in Topic.objects.all()
    ]


def _own_words():  # type: ignore[no-untyped-def]
    """Return by topic and channel who chose, who declined, and who of both had declined everything."""
    everything = Preference.objects.filter(
        contact=OuterRef("contact"), channel=OuterRef("channel"), topic=None, wants=False
    )
    return (
        _words()
        .filter(topic__isnull=False)
        .annotate(is_special=Exists(everything))
        .order_by()
        .values("topic_id", "channel")
        .annotate(
            chose=Count("pk", filter=Q(wants=True)),
            declined=Count("pk", filter=Q(wants=False)),
            special=Count("pk", filter=Q(is_special=True)),
        )
    )


def _reach(topic: Topic, own: dict[str, int] | None, general: int, everybody: int) -> Reach:
    """Return the reach: whoever declined everything counts as declined, unless it said something of this topic."""
    own = own or {"chose": 0, "declined": 0, "special": 0}
    declined = own["declined"] + general - own["special"]
    return Reach(own["chose"] if topic.needs_consent else everybody - declined, declined)


def _living():  # type: ignore[no-untyped-def]
    return Contact.objects.filter(is_active=True, customer__merged_into=None)


def _words():  # type: ignore[no-untyped-def]
    return Preference.objects.filter(contact__is_active=True, contact__customer__merged_into=None)
