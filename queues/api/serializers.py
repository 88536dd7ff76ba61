"""How queues, hours and bookings look in JSON."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendars.rules.clock import zone_of
from core.errors import Invalid
from queues.actions.bookings import MAX_SITUATION
from queues.models import Booking, Queue


def is_zone(name: str) -> bool:
    """Tell whether this is the name of a time zone."""
    return zone_of(name).key == name


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):
    """A moment in ISO 8601 with its offset from UTC; a wall clock alone could mean any."""

    def to_internal_value(self, data: Any) -> datetime:
        """Return the moment; refuse what is none and what says no offset."""
        try:
            found = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            found = None
        if found is None:
            raise Invalid("Write a moment like 2026-03-09T14:00:00+01:00.", code="invalid_moment", field="start")
        if found.utcoffset() is None:
            raise Invalid(
                "Say the offset from UTC, like 2026-03-09T14:00:00+01:00.", code="start_without_offset", field="start"
            )
        return found

    def to_representation(self, value: datetime) -> str:
        """Return the moment in ISO 8601."""
        return value.isoformat()


class PersonShort(serializers.Serializer):
    """Somebody who hosts."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class QueueSerializer(serializers.ModelSerializer):
    """A queue: its rules in minutes and days, its topics and who hosts it."""

    topics = serializers.SerializerMethodField()
    hosts = serializers.SerializerMethodField()

    class Meta:
        model = Queue
        fields: ClassVar = [
            "slug",
            "name",
            "description",
            "is_open",
            "languages",
            "countries",
            "tiers",
            "slot_minutes",
            "step_minutes",
            "notice_minutes",
            "horizon_days",
            "hours_per_customer",
            "period",
            "change_until_minutes",
            "topics",
            "hosts",
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_topics(self, queue: Queue) -> list[str]:
        """Return the names of the topics, in the queue's order."""
        return [topic.name for topic in queue.topics.all() if topic.is_active]

    @extend_schema_field(PersonShort(many=True))
    def get_hosts(self, queue: Queue) -> list[dict[str, Any]]:
        """Return who can be booked by name."""
        people = [host.person for host in queue.hosts.all() if host.is_active and host.person.is_active]
        return [{"id": person.pk, "name": person.name} for person in sorted(people, key=lambda p: (p.name, p.pk))]


class SlotSerializer(serializers.Serializer):
    """An hour that can be booked: its moments in the zone asked for, and how many hosts are free."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    hosts = serializers.IntegerField()


class HostedBy(serializers.Serializer):
    """Who hosts an hour."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


def marked_whole(bookings: QuerySet[Booking], whole: Q) -> QuerySet[Booking]:
    """Return the bookings with `is_whole`: whether the caller may read all of each."""
    return bookings.annotate(
        is_whole=Case(When(whole, then=Value(True)), default=Value(False)) if whole else Value(True)
    )


class BookingSerializer(serializers.ModelSerializer):
    """A booked hour; its moments are in UTC, `time_zone` is the one in which it was chosen."""

    id = serializers.UUIDField(source="uid")
    queue: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    start = MomentField(source="starts_at")
    end = MomentField(source="ends_at")
    host = HostedBy()
    topic = serializers.CharField(source="topic_text")

    class Meta:
        model = Booking
        fields: ClassVar = [
            "id",
            "queue",
            "state",
            "start",
            "end",
            "time_zone",
            "host",
            "why_host",
            "customer",
            "contact",
            "topic",
            "situation",
            "source",
            "sequence",
            "moves",
            "created_at",
            "cancelled_at",
            "cancel_reason",
        ]
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "situation": {"help_text": "Empty for who may see the hour, but not read all of it."},
            "why_host": {"help_text": "Why this host was chosen; for staff alone."},
        }

    def to_representation(self, instance: Booking) -> dict[str, Any]:
        """Return what the caller may read: a colleague's situation and how hosts are chosen are not everybody's."""
        told = super().to_representation(instance)
        if not self.context["view"].caller.is_staff:
            told["why_host"] = ""
        if not instance.is_whole:  # type: ignore[attr-defined]
            told["situation"] = ""
        return told


class BookRequest(serializers.Serializer):
    """An hour that somebody wants; `customer` and `contact` are for staff, and for contacts of several customers."""

    start = MomentField()
    host = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="Empty: any expert.")
    customer = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    contact = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    topic = serializers.CharField(max_length=200)
    situation = serializers.CharField(required=False, allow_blank=True, max_length=MAX_SITUATION, default="")
    time_zone = serializers.CharField(required=False, max_length=64, default="")

    def validate_time_zone(self, value: str) -> str:
        """Return the name of a zone; refuse one that there is not."""
        if value and not is_zone(value):
            raise serializers.ValidationError("There is no such time zone.", code="unknown_time_zone")
        return value


class RescheduleRequest(serializers.Serializer):
    """Where a booking goes; without `host` it stays with its own where that one is free."""

    start = MomentField()
    host = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class CancelRequest(serializers.Serializer):
    """Why an hour is cancelled."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class SlotTaken(serializers.Serializer):
    """The answer 409 where somebody has the hour: the three starts nearest to it that are free."""

    code = serializers.CharField(default="slot_taken")
    message = serializers.CharField()
    nearest = serializers.ListField(child=serializers.DateTimeField(), required=False)


class RuleNotMet(serializers.Serializer):
    """The answer 422 where a rule is not met."""

    code = serializers.CharField(help_text="notice, horizon, tier_not_served, allowance_used, queue_closed …")
    message = serializers.CharField()
    field = serializers.CharField(required=False)
