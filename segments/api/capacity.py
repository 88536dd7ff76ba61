"""Capacity over the API, read only: CSMs with their weeks, and the weeks of all whom the caller looks after."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import StaffViewSet
from accounts.models import User
from accounts.permissions import require
from segments.access import csm_to_look_at
from segments.capacity.figures import TIERS, Balance, PersonCapacity, TeamCapacity, WeekCapacity, worked_out
from segments.queries.allowances import company_today
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.people import csms_seen_by


class BalanceSerializer(serializers.Serializer):
    """Minutes promised and available; `utilisation` is a share of 1, null without hours; `state` says if it fits."""

    promised_minutes = serializers.FloatField(source="promised")
    available_minutes = serializers.FloatField(source="available")
    utilisation = serializers.FloatField(allow_null=True)
    state = serializers.CharField(help_text="idle, fits, tight or over")


class WeekSerializer(BalanceSerializer):
    """A week by its Monday, with the minutes of each cause: tiers, renewal, onboarding and further sources."""

    monday = serializers.DateField()
    causes = serializers.DictField(child=serializers.FloatField())


class TierCountSerializer(serializers.Serializer):
    """A portfolio's customers of a tier; a limit of null is none; `arr` in the company's currency."""

    customers = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    arr = serializers.DecimalField(max_digits=20, decimal_places=4)


class CapacitySerializer(serializers.Serializer):
    """A CSM: the next four weeks summed up, minutes logged in the last four, and thirteen weeks one by one."""

    id = serializers.IntegerField(source="person.person_id")
    name = serializers.CharField(source="person.name")
    team = serializers.IntegerField(source="person.team_id", allow_null=True)
    is_csm = serializers.BooleanField(source="person.is_csm")
    tiers = serializers.SerializerMethodField()
    logged_minutes = serializers.IntegerField(source="logged")
    near = BalanceSerializer()
    weeks = WeekSerializer(many=True)

    @extend_schema(responses=serializers.DictField(child=TierCountSerializer()))
    def get_tiers(self, one: PersonCapacity) -> dict[str, Any]:
        """Return the portfolio by tier."""
        person = one.person
        return {
            tier: TierCountSerializer(
                {
                    "customers": person.customers.get(tier, 0),
                    "limit": person.limits.get(tier),
                    "arr": person.arr_by_tier.get(tier, 0),
                }
            ).data
            for tier in TIERS
        }


class TeamWeeksSerializer(serializers.Serializer):
    """All whom the caller looks after together."""

    people = serializers.IntegerField()
    near = BalanceSerializer()
    whole = BalanceSerializer()
    weeks = WeekSerializer(many=True)


class CapacityViewSet(StaffViewSet):
    """Capacity of the CSMs whom the caller manages; minutes."""

    queryset = User.objects.none()
    serializer_class = CapacitySerializer
    lookup_value_regex = r"\d+"
    filterset_class: ClassVar[None] = None

    def get_queryset(self) -> QuerySet[User]:
        """Return the CSMs whose capacity the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        require(self.caller, "capacity.view")
        return csms_seen_by(self.caller)

    def list(self, request: Request) -> Response:
        """Return a page of CSMs with their weeks."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(CapacitySerializer(_team(page or []).people, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one CSM with its weeks."""
        require(self.caller, "capacity.view")
        team = _team([csm_to_look_at(self.caller, int(pk) if len(pk) <= 18 else 0)])
        return Response(CapacitySerializer(team.people[0]).data)

    @extend_schema(responses=TeamWeeksSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def weeks(self, request: Request) -> Response:
        """Return the weeks of all CSMs whom the caller looks after, summed up."""
        team = _team(list(self.get_queryset().order_by("pk")))
        weeks: tuple[WeekCapacity, ...] = team.weeks
        sums: dict[str, Balance] = {"near": team.near, "whole": team.whole}
        return Response(TeamWeeksSerializer({"people": len(team.people), **sums, "weeks": weeks}).data)


def _team(people: Sequence[User]) -> TeamCapacity:
    return worked_out(inputs_for(people, today=company_today()))
