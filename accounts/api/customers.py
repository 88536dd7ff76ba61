"""Customers, contacts and subscriptions over the API."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.actions import contacts as contact_actions
from accounts.actions import customers as customer_actions
from accounts.actions import subscriptions as subscription_actions
from accounts.api.base import BulkAnswer, StaffViewSet, rows_of, upsert_rows
from accounts.api.filters import ContactFilter, CustomerFilter, SubscriptionFilter
from accounts.api.serializers import (
    ContactSerializer,
    CustomerSerializer,
    SubscriptionSerializer,
    TimelineEntrySerializer,
)
from accounts.models import Contact, Customer, Subscription, TimelineEntry, User
from accounts.permissions import require
from core.errors import Invalid
from core.pagination import NewestFirstPagination


class RecordViewSet(StaffViewSet):
    """List, read, create, change and upsert one kind of record through its access functions and actions."""

    lookup_value_regex = r"\d+"
    model: ClassVar[type[Model]]
    edit_action: str
    within: Callable[[User, str], QuerySet]
    get_one: Callable[[User, int, str], Model]

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the usual context with the caller, for fields that check what it may see."""
        return {**super().get_serializer_context(), "caller": self.request.user}

    def get_queryset(self) -> QuerySet:
        """Return what the caller may see, in the order of the cursor."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return type(self).within(self.caller, "customer.view")

    def list(self, request: Request) -> Response:
        """Return a page of what the caller may see."""
        return self.read(self.get_queryset())

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one record."""
        return Response(self.get_serializer(type(self).get_one(self.caller, int(pk), "customer.view")).data)

    def create(self, request: Request) -> Response:
        """Return the record just made."""
        return Response(self.get_serializer(self.add(self.checked())).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Return the record with the changes of the body."""
        record = type(self).get_one(self.caller, int(pk), self.edit_action)
        return Response(self.get_serializer(self.change(record, self.checked(partial=True))).data)

    @extend_schema(responses=BulkAnswer)
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Create or change up to 1,000 records by external id; each row succeeds or is rejected by itself."""
        rows = rows_of(request.data)
        return Response(upsert_rows(rows, self.row_serializer, self.upsert))

    def row_serializer(self, **options: Any) -> serializers.BaseSerializer:
        """Return the serializer of one row of a bulk request."""
        return self.get_serializer(**options)

    def upsert(self, values: dict[str, Any]) -> tuple[Model, str]:
        """Return the record of this external id, made or changed, and which of the two it was."""
        found: Any = self.model._default_manager.filter(external_id=values["external_id"]).first()
        if found is None:
            return self.add(values), "created"
        record = type(self).get_one(self.caller, found.pk, self.edit_action)
        changed = self.change(record, values)
        return changed, "unchanged" if changed.updated_at == found.updated_at else "updated"

    def add(self, values: dict[str, Any]) -> Model:
        """Return a new record by its action."""
        raise LookupError(type(self).__name__)

    def change(self, record: Any, values: dict[str, Any]) -> Any:
        """Return the changed record by its action."""
        raise LookupError(type(self).__name__)


class CustomerViewSet(RecordViewSet):
    """Customers."""

    model = Customer
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    edit_action = "customer.edit"
    within = staticmethod(access.customers_within)
    get_one = staticmethod(access.customer_for)

    def add(self, values: dict[str, Any]) -> Customer:
        """Return a new customer."""
        require(self.caller, "customer.create")
        if not values.get("name"):
            raise Invalid("A new customer needs a name.", code="required", field="name")
        return customer_actions.create_customer(actor=self.caller, **values)

    def change(self, record: Customer, values: dict[str, Any]) -> Customer:
        """Return the changed customer."""
        return customer_actions.update_customer(actor=self.caller, customer=record, changes=values)

    @extend_schema(responses=TimelineEntrySerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=NewestFirstPagination)
    def timeline(self, request: Request, pk: int) -> Response:
        """Return what happened to the customer, newest first."""
        customer = access.customer_for(self.caller, int(pk))
        page = self.paginate_queryset(TimelineEntry.objects.filter(customer=customer))
        return self.get_paginated_response(TimelineEntrySerializer(page, many=True).data)


class ContactViewSet(RecordViewSet):
    """Contacts of customers."""

    model = Contact
    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    edit_action = "contact.edit"
    within = staticmethod(access.contacts_within)
    get_one = staticmethod(access.contact_for)

    def add(self, values: dict[str, Any]) -> Contact:
        """Return a new contact of a customer whose contacts the caller may edit."""
        customer = access.customer_for(self.caller, _customer_id(values), self.edit_action)
        return contact_actions.create_contact(actor=self.caller, customer=customer, **values)

    def change(self, record: Contact, values: dict[str, Any]) -> Contact:
        """Return the changed contact."""
        _refuse_other_customer(record, values)
        return contact_actions.update_contact(actor=self.caller, contact=record, changes=values)


class SubscriptionViewSet(RecordViewSet):
    """Subscriptions of customers."""

    model = Subscription
    queryset = Subscription.objects.all()
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilter
    edit_action = "subscription.edit"
    within = staticmethod(access.subscriptions_within)
    get_one = staticmethod(access.subscription_for)

    def add(self, values: dict[str, Any]) -> Subscription:
        """Return a new subscription of a customer whose subscriptions the caller may edit."""
        customer = access.customer_for(self.caller, _customer_id(values), self.edit_action)
        return subscription_actions.create_subscription(actor=self.caller, customer=customer, **values)

    def change(self, record: Subscription, values: dict[str, Any]) -> Subscription:
        """Return the changed subscription."""
        _refuse_other_customer(record, values)
        return subscription_actions.update_subscription(actor=self.caller, subscription=record, changes=values)


def _customer_id(values: dict[str, Any]) -> int:
    customer = values.pop("customer", None)
    if customer is None:
        raise Invalid("Say which customer this belongs to.", code="required", field="customer")
    return int(customer.pk)


def _refuse_other_customer(record: Contact | Subscription, values: dict[str, Any]) -> None:
    customer = values.pop("customer", None)
    if customer is not None and customer.pk != record.customer_id:
        raise Invalid("A record stays with its customer.", code="customer_fixed", field="customer")
