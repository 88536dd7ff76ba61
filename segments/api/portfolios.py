"""CSMs' portfolios over the API: what each carries, whose customers, and moving them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api.base import StaffViewSet
from accounts.api.serializers import AssignmentSerializer, CustomerSerializer, PersonSerializer
from accounts.models import Assignment, Customer, Role, User
from segments.access import csm_to_assign
from segments.actions.assignments import assign_csm
from segments.queries.placement import csms
from segments.queries.portfolios import Load, portfolio_load


class LoadSerializer(serializers.Serializer):
    """A CSM's customers of one tier; `limit` and `free` are null where there is no limit, `arr` in company currency."""

    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    free = serializers.IntegerField(allow_null=True)
    over = serializers.IntegerField()
    overrides = serializers.IntegerField()
    arr = serializers.DecimalField(max_digits=18, decimal_places=4)


class PortfolioSerializer(PersonSerializer):
    """A CSM with what it carries in each tier; `loads` in the context holds them by person."""

    tiers = serializers.SerializerMethodField()

    class Meta(PersonSerializer.Meta):
        fields: ClassVar = [*PersonSerializer.Meta.fields, "takes_customers", "tiers"]

    @extend_schema_field(serializers.DictField(child=LoadSerializer()))
    def get_tiers(self, person: User) -> dict[str, Any]:
        """Return the load of each tier."""
        loads: dict[str, Load] = self.context["loads"][person.pk]
        return {tier: LoadSerializer(load).data for tier, load in loads.items()}


class AssignRequest(serializers.Serializer):
    """A customer for this portfolio, and why; an override reason lets a manager go past the limit."""

    customer = serializers.IntegerField()
    why = serializers.CharField(required=False, allow_blank=True, max_length=300)
    override_reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    handover_note = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class PortfolioViewSet(StaffViewSet):
    """Portfolios, one for each CSM whose portfolio the caller may see."""

    queryset = User.objects.none()
    serializer_class = PortfolioSerializer
    lookup_value_regex = r"\d+"
    filterset_class: ClassVar[None] = None

    def get_queryset(self) -> QuerySet[User]:
        """Return the CSMs whose portfolios the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return csms().filter(pk__in=access.people_within(self.caller, "portfolio.view").values("pk"))

    def list(self, request: Request) -> Response:
        """Return a page of portfolios with their loads."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self._with_loads(page or []))

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one portfolio with its loads."""
        person = access.person_for(self.caller, int(pk))
        return Response(self._with_loads([csm_to_assign(person.pk)])[0])

    @extend_schema(responses=CustomerSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def customers(self, request: Request, pk: int) -> Response:
        """Return a page of the customers in the portfolio."""
        person = access.person_for(self.caller, int(pk))
        held = Assignment.objects.filter(person=person, role=Role.CSM, ends_at=None)
        customers = access.visible_customers(self.caller).filter(pk__in=held.values("customer"))
        page = self.paginate_queryset(customers)
        return self.get_paginated_response(CustomerSerializer(page, many=True).data)

    @extend_schema(request=AssignRequest, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: int) -> Response:
        """Put a customer into this portfolio; 409 `over_limit` where it is full."""
        values = self.checked_by(AssignRequest)
        customer: Customer = access.customer_for(self.caller, values.pop("customer"), "assignment.change")
        assignment = assign_csm(actor=self.caller, customer=customer, person=csm_to_assign(int(pk)), **values)
        return Response(AssignmentSerializer(assignment).data)

    def _with_loads(self, people: Sequence[User]) -> Any:
        context = {**self.get_serializer_context(), "loads": portfolio_load(people)}
        return PortfolioSerializer(people, many=True, context=context).data
