"""Rule sets and tier moves over the API."""

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import people_within, visible_customers
from accounts.api.base import StaffViewSet
from accounts.permissions import require
from segments.access import move_for, moves_within, rule_set_for
from segments.actions import rule_sets as rule_set_actions
from segments.actions.tiers import approve_move, mark_of_move, reject_move
from segments.api.simulation import SimulationSerializer
from segments.drafts import fingerprint
from segments.models import RuleSet, TierMove
from segments.queries.rule_sets import content_of
from segments.simulation import people_shown, simulate


class TierMoveSerializer(serializers.ModelSerializer):
    """A move with the rule, its version and the figures behind it; `mark` names what was seen of it."""

    customer_name = serializers.CharField(source="customer.name", read_only=True)
    mark = serializers.SerializerMethodField()

    class Meta:
        model = TierMove
        fields: ClassVar = [
            "id",
            "customer",
            "customer_name",
            "from_tier",
            "to_tier",
            "status",
            "reason",
            "rule_set",
            "rule",
            "rule_name",
            "figures",
            "arr",
            "why",
            "created_at",
            "decided_at",
            "decision_note",
            "mark",
        ]

    def get_mark(self, move: TierMove) -> str:
        """Return the mark that `approve` takes as `expected`."""
        return mark_of_move(move)


class TierMoveFilter(django_filters.FilterSet):
    """Filters moves."""

    class Meta:
        model = TierMove
        fields: ClassVar = ["customer", "status", "reason", "from_tier", "to_tier", "rule_set"]


class DecisionRequest(serializers.Serializer):
    """A note on the decision, and the `mark` of what was seen where the caller wants to be sure."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=300)
    expected = serializers.CharField(required=False, max_length=16)


class RejectionRequest(serializers.Serializer):
    """Why the move is rejected."""

    note = serializers.CharField(max_length=300)


class TierMoveViewSet(StaffViewSet):
    """Moves of customers from tier to tier."""

    queryset = TierMove.objects.all()
    serializer_class = TierMoveSerializer
    filterset_class = TierMoveFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[TierMove]:
        """Return the moves of customers that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return TierMove.objects.none()
        return moves_within(self.caller).select_related("customer")

    def list(self, request: Request) -> Response:
        """Return a page of moves."""
        return self.read(self.get_queryset())

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one move."""
        return self._told(move_for(self.caller, int(pk)))

    @extend_schema(request=DecisionRequest)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Apply a waiting move; 409 where it was decided, or the customer has changed since."""
        values = self.checked_by(DecisionRequest)
        move = move_for(self.caller, int(pk), "tier.approve")
        return self._told(approve_move(actor=self.caller, move=move, **values))

    @extend_schema(request=RejectionRequest)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: int) -> Response:
        """Reject a waiting move; the same one is not proposed again for 90 days."""
        values = self.checked_by(RejectionRequest)
        move = move_for(self.caller, int(pk), "tier.approve")
        return self._told(reject_move(actor=self.caller, move=move, **values))

    def _told(self, move: TierMove) -> Response:
        return Response(self.get_serializer(move).data)


class RuleContentSerializer(serializers.Serializer):
    """What a rule set says.

    A rule is {"name", "tier", "conditions"}; conditions are a tree of {"all": [...]} or {"any": [...]} over
    {"field", "op", "value"}.
    """

    name = serializers.CharField(max_length=120)
    note = serializers.CharField(required=False, allow_blank=True)
    fallback_tier = serializers.ChoiceField(choices=["high", "low", "tech"])
    margin_percent = serializers.FloatField()
    minimum_days = serializers.IntegerField()
    approval_arr = serializers.FloatField(allow_null=True)
    rules = serializers.ListField(child=serializers.DictField())


class RuleSetSerializer(serializers.ModelSerializer):
    """A version of the tier rules; `fingerprint` names its content."""

    content = serializers.SerializerMethodField()
    fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = RuleSet
        fields: ClassVar = [
            "id",
            "version",
            "name",
            "status",
            "created_at",
            "activated_at",
            "retired_at",
            "content",
            "fingerprint",
        ]

    @extend_schema_field(RuleContentSerializer)
    def get_content(self, rule_set: RuleSet) -> dict[str, Any]:
        """Return all that the rule set says."""
        return content_of(rule_set)

    def get_fingerprint(self, rule_set: RuleSet) -> str:
        """Return the mark that a change takes as `expected`."""
        return fingerprint(content_of(rule_set))


@extend_schema_field(RuleContentSerializer)
class ContentField(serializers.JSONField):
    """Takes a rule set's content as it is; the action finds every problem of it at once."""


class DraftRequest(serializers.Serializer):
    """A new draft: a copy of another version, or the content given."""

    copy_of = serializers.IntegerField(required=False)
    content = ContentField(required=False)


class DraftChangeRequest(serializers.Serializer):
    """The draft's whole new content, and the fingerprint of the one that the caller began with."""

    content = ContentField()
    expected = serializers.CharField(required=False, max_length=16)


class ActivateRequest(serializers.Serializer):
    """The fingerprint of the content that the caller means to activate."""

    expected = serializers.CharField(required=False, max_length=16)


class RuleSetViewSet(StaffViewSet):
    """Versions of the tier rules: drafts, the active one and past ones."""

    queryset = RuleSet.objects.all()
    serializer_class = RuleSetSerializer
    lookup_value_regex = r"\d+"

    def list(self, request: Request) -> Response:
        """Return a page of versions."""
        require(self.caller, "rules.view")
        return self.read(RuleSet.objects.all())

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one version with all that it says."""
        return self._told(rule_set_for(self.caller, int(pk)))

    @extend_schema(request=DraftRequest)
    def create(self, request: Request) -> Response:
        """Return a new draft."""
        require(self.caller, "rules.edit")
        values = self.checked_by(DraftRequest)
        copied = rule_set_for(self.caller, values["copy_of"]) if "copy_of" in values else None
        with transaction.atomic():
            draft = rule_set_actions.create_draft(actor=self.caller, copy_of=copied)
            if "content" in values:
                draft = rule_set_actions.save_draft(actor=self.caller, rule_set=draft, content=values["content"])
        return self._told(draft, status.HTTP_201_CREATED)

    @extend_schema(request=DraftChangeRequest)
    def update(self, request: Request, pk: int) -> Response:
        """Return the draft with its new content; 409 where somebody else changed it since `expected`."""
        values = self.checked_by(DraftChangeRequest)
        draft = rule_set_for(self.caller, int(pk), "rules.edit")
        return self._told(rule_set_actions.save_draft(actor=self.caller, rule_set=draft, **values))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a draft."""
        rule_set_actions.delete_draft(actor=self.caller, rule_set=rule_set_for(self.caller, int(pk), "rules.edit"))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ActivateRequest)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: int) -> Response:
        """Make the draft the active version; a run of it is promised."""
        values = self.checked_by(ActivateRequest)
        draft = rule_set_for(self.caller, int(pk), "rules.edit")
        return self._told(rule_set_actions.activate(actor=self.caller, rule_set=draft, **values))

    @extend_schema(request=None, responses=SimulationSerializer)
    @action(detail=True, methods=["get", "post"])
    def simulate(self, request: Request, pk: int) -> Response:
        """Return what a run of this version would do now; nothing is changed by it."""
        rule_set = rule_set_for(self.caller, int(pk))
        simulated = simulate(rule_set, visible=visible_customers(self.caller))
        portfolios = people_shown(simulated.portfolios, people_within(self.caller, "portfolio.view"))
        return Response(SimulationSerializer(simulated, context={"portfolios": portfolios}).data)

    def _told(self, rule_set: RuleSet, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(rule_set).data, status=code)
