"""What a simulation says over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from segments.simulation import Simulation


class SumSerializer(serializers.Serializer):
    """A number of customers and their ARR in the company's currency."""

    customers = serializers.IntegerField()
    arr = serializers.DecimalField(max_digits=20, decimal_places=4)


class SampleSerializer(serializers.Serializer):
    """One customer of a flow; the caller may see it."""

    customer_id = serializers.IntegerField()
    name = serializers.CharField()
    rule_name = serializers.CharField()
    why = serializers.CharField()
    arr = serializers.DecimalField(max_digits=20, decimal_places=4)
    waits = serializers.BooleanField()


class FlowSerializer(serializers.Serializer):
    """The customers that would go from one tier to another, or stay where both are the same."""

    from_tier = serializers.CharField(help_text='"none" for customers without a tier yet.')
    to_tier = serializers.CharField()
    total = SumSerializer()
    waiting = SumSerializer()
    samples = SampleSerializer(many=True)


class TierTotalSerializer(serializers.Serializer):
    """One tier before and after."""

    tier = serializers.CharField()
    before = SumSerializer()
    after = SumSerializer()


class SimulatedLoadSerializer(serializers.Serializer):
    """One CSM's places of one tier: taken now, asked for if every customer kept its CSM, and the limit."""

    before = serializers.IntegerField()
    wanted = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    past_limit = serializers.IntegerField()


class PortfolioChangeSerializer(serializers.Serializer):
    """What would become of one CSM's portfolio."""

    person_id = serializers.IntegerField()
    name = serializers.CharField()
    change = serializers.IntegerField()
    past_limit = serializers.IntegerField()
    loads = serializers.DictField(child=SimulatedLoadSerializer())


class SimulationSerializer(serializers.Serializer):
    """All that a run of the rules would do now; nothing is changed by asking."""

    customers = serializers.IntegerField()
    moving = serializers.IntegerField()
    moving_arr = serializers.DecimalField(max_digits=20, decimal_places=4)
    waiting = SumSerializer()
    tiers = TierTotalSerializer(many=True)
    flows = FlowSerializer(many=True)
    held = serializers.DictField(child=SumSerializer())
    to_place = serializers.DictField(child=serializers.IntegerField())
    portfolios = serializers.SerializerMethodField()

    @extend_schema_field(PortfolioChangeSerializer(many=True))
    def get_portfolios(self, simulation: Simulation) -> list[dict[str, Any]]:
        """Return the portfolios that the caller may see."""
        return list(PortfolioChangeSerializer(self.context["portfolios"], many=True).data)
