"""Newsletters over the API: read them, with how far each is."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import StaffViewSet
from newsletters.access import issue_for, issues_within
from newsletters.models import Issue
from newsletters.queries.progress import progress_of


class IssueSerializer(serializers.ModelSerializer):
    """A newsletter; the counts of deliveries are there once it has ended, `progress` until then and after."""

    topic_name = serializers.CharField(source="topic.name", read_only=True)

    class Meta:
        model = Issue
        fields: ClassVar = [
            "id",
            "title",
            "topic",
            "topic_name",
            "state",
            "version",
            "language",
            "subject",
            "preheader",
            "subject_b",
            "winner",
            "planned_on",
            "timing",
            "send_at",
            "local_date",
            "local_minute",
            "created_by",
            "editor",
            "reviewer",
            "scheduled_by",
            "created_at",
            "started_at",
            "ended_at",
            "total",
            "sent",
            "failed",
            "unknown",
            "suppressed",
            "cancelled",
        ]


class ProgressSerializer(serializers.Serializer):
    """How far a newsletter is: deliveries by state, how many a minute go out, and the seconds that the rest takes."""

    counts = serializers.DictField(child=serializers.IntegerField())
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    per_minute = serializers.IntegerField()
    remaining_seconds = serializers.IntegerField(allow_null=True)


class IssueDetailSerializer(IssueSerializer):
    """A newsletter with how far its sending is."""

    progress = serializers.SerializerMethodField()

    class Meta(IssueSerializer.Meta):
        fields: ClassVar = [*IssueSerializer.Meta.fields, "progress"]

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, issue: Issue) -> dict[str, Any] | None:
        """Return how far it is; null for one that is not under way."""
        if issue.state in (*Issue.EDITABLE, Issue.State.SCHEDULED):
            return None
        return dict(ProgressSerializer(progress_of(issue)).data)


class IssueFilter(django_filters.FilterSet):
    """Filters newsletters."""

    class Meta:
        model = Issue
        fields: ClassVar = ["state", "topic", "language"]


class IssueViewSet(StaffViewSet):
    """Newsletters, to be read."""

    queryset = Issue.objects.none()
    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    lookup_value_regex = r"\d+"

    def list(self, request: Request) -> Response:
        """Return a page of newsletters."""
        return self.read(issues_within(self.caller).select_related("topic"))

    @extend_schema(responses=IssueDetailSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one newsletter with its progress."""
        return Response(IssueDetailSerializer(issue_for(self.caller, int(pk))).data)
