"""Rebalances over the API: ask for one, read it with its moves, apply it, undo it."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import StaffViewSet
from accounts.permissions import require
from segments.access import rebalance_for, rebalances_within
from segments.actions.rebalances import apply_rebalance, discard_rebalance, propose_rebalance, undo_rebalance
from segments.models import Rebalance, RebalanceMove
from segments.rebalancing import Rails
from segments.rebalancing.values import TIERS, ZONE_LIKE_NOW, ZONE_WITHIN


class RebalanceSerializer(serializers.ModelSerializer):
    """A rebalance as far as it is; `progress` is per cent, `shortfalls` say which limits can't be met and why."""

    shortfalls = serializers.SerializerMethodField()

    class Meta:
        model = Rebalance
        fields: ClassVar = [
            "id",
            "state",
            "created_by",
            "created_at",
            "people",
            "options",
            "progress",
            "step",
            "error",
            "shortfalls",
            "proposed_at",
            "applied_at",
            "applied_by",
            "undone_at",
            "undone_by",
        ]

    def get_shortfalls(self, rebalance: Rebalance) -> list[dict[str, Any]]:
        """Return the limits that can't be met: person, tier, over and the plain statement."""
        return rebalance.result.get("shortfalls", [])


class RebalanceMoveSerializer(serializers.ModelSerializer):
    """One move; `arr` in the company's currency, `cost` in points of disturbance."""

    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = RebalanceMove
        fields: ClassVar = [
            "id",
            "customer",
            "customer_name",
            "tier",
            "from_person",
            "to_person",
            "is_accepted",
            "is_by_hand",
            "cost",
            "arr",
            "why",
        ]


class RailsRequest(serializers.Serializer):
    """Between whom customers may move, and the guard rails; what is left out has its default."""

    people = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=500)
    tiers = serializers.MultipleChoiceField(choices=list(TIERS), required=False)
    renewal_days = serializers.IntegerField(min_value=0, max_value=730, required=False)
    keep_language = serializers.BooleanField(required=False)
    zone = serializers.ChoiceField(choices=[ZONE_LIKE_NOW, ZONE_WITHIN, ""], required=False)
    zone_hours = serializers.FloatField(min_value=0, max_value=12, required=False)
    pinned_stay = serializers.BooleanField(required=False)
    let_past_stay = serializers.BooleanField(required=False)
    place_unassigned = serializers.BooleanField(required=False)
    even_out = serializers.BooleanField(required=False)
    emptied = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)


class ApplyRequest(serializers.Serializer):
    """A note for both CSMs and the timelines, and ids of customers whose moves are taken out first."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=200)
    drop = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)


class UndoRequest(serializers.Serializer):
    """Ids of customers that stay where they are."""

    leave = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)


class RebalanceFilter(django_filters.FilterSet):
    """Filters rebalances."""

    class Meta:
        model = Rebalance
        fields: ClassVar = ["state", "created_by"]


class RebalanceViewSet(StaffViewSet):
    """Rebalances between people of the caller's teams."""

    queryset = Rebalance.objects.none()
    serializer_class = RebalanceSerializer
    filterset_class = RebalanceFilter
    lookup_value_regex = r"\d+"

    def list(self, request: Request) -> Response:
        """Return a page of rebalances."""
        require(self.caller, "rebalance.propose")
        return self.read(rebalances_within(self.caller))

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one rebalance."""
        return self._told(rebalance_for(self.caller, int(pk)))

    @extend_schema(request=RailsRequest, responses={202: RebalanceSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a rebalance; a worker works it out, read it until it is `proposed`."""
        require(self.caller, "rebalance.propose")
        values = self.checked_by(RailsRequest)
        people = values.pop("people")
        if "tiers" in values:
            values["tiers"] = [tier for tier in TIERS if tier in values["tiers"]]
        emptied = sorted(set(values.pop("emptied", [])) & set(people))
        rebalance = propose_rebalance(actor=self.caller, people=people, rails=Rails.read(values | {"emptied": emptied}))
        return self._told(rebalance, status.HTTP_202_ACCEPTED)

    @extend_schema(responses=RebalanceMoveSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def moves(self, request: Request, pk: int) -> Response:
        """Return a page of its moves."""
        rebalance = rebalance_for(self.caller, int(pk))
        page = self.paginate_queryset(_moves_of(rebalance))
        return self.get_paginated_response(RebalanceMoveSerializer(page, many=True).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: int) -> Response:
        """Stop the work, or put the proposal aside."""
        return self._told(discard_rebalance(actor=self.caller, rebalance=rebalance_for(self.caller, int(pk))))

    @extend_schema(request=ApplyRequest)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: int) -> Response:
        """Carry the accepted moves out as one act; 409 `changed_since` with what changed, and nothing written."""
        values = self.checked_by(ApplyRequest)
        rebalance = rebalance_for(self.caller, int(pk), "rebalance.approve")
        return self._told(apply_rebalance(actor=self.caller, rebalance=rebalance, **values))

    @extend_schema(request=UndoRequest)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Give every customer back as one act; 409 `changed_since` with who has moved since."""
        values = self.checked_by(UndoRequest)
        rebalance = rebalance_for(self.caller, int(pk), "rebalance.approve")
        return self._told(undo_rebalance(actor=self.caller, rebalance=rebalance, **values))

    def _told(self, rebalance: Rebalance, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(rebalance).data, status=code)


def _moves_of(rebalance: Rebalance) -> QuerySet[RebalanceMove]:
    return RebalanceMove.objects.filter(rebalance=rebalance).select_related("customer")
