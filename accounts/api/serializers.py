"""What the API says and takes of customers, contacts, subscriptions and portfolios."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.access import visible_customers
from accounts.models import Assignment, Contact, Customer, Subscription, TimelineEntry, User


class VisibleCustomerField(serializers.PrimaryKeyRelatedField):
    """Takes the id of a customer that the caller may see; any other is "not there"."""

    def get_queryset(self) -> QuerySet[Customer]:
        """Return the customers that the caller may see."""
        caller = self.context.get("caller")
        return visible_customers(caller) if isinstance(caller, User) else Customer.objects.none()


class LooseUniqueSerializer(serializers.ModelSerializer):
    """Leaves uniqueness to the actions and the database, which also know about upserts."""

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        """Return the usual field without its look-up for another row of the same value."""
        field_class, options = super().build_standard_field(field_name, model_field)
        options.pop("validators", None)
        return field_class, options


class CustomerSerializer(LooseUniqueSerializer):
    """A customer. `mrr` and `arr` are of today, in the company's currency."""

    arr = serializers.DecimalField(max_digits=18, decimal_places=4, read_only=True)
    parent = VisibleCustomerField(  # type: ignore[assignment]
        queryset=Customer.objects.all(), allow_null=True, required=False
    )

    class Meta:
        model = Customer
        fields: ClassVar = [
            "id",
            "external_id",
            "name",
            "domain",
            "country",
            "industry",
            "language",
            "time_zone",
            "is_brand",
            "is_strategic",
            "edition",
            "seats",
            "stage",
            "tags",
            "parent",
            "signed_up_on",
            "custom",
            "tier",
            "tier_since",
            "mrr",
            "arr",
            "renews_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar = ["tier", "tier_since", "mrr", "renews_on", "created_at", "updated_at"]


class ContactSerializer(LooseUniqueSerializer):
    """A person at a customer."""

    customer = VisibleCustomerField(queryset=Customer.objects.all())

    class Meta:
        model = Contact
        fields: ClassVar = [
            "id",
            "external_id",
            "customer",
            "first_name",
            "last_name",
            "email",
            "phone",
            "job_title",
            "language",
            "time_zone",
            "is_decision_maker",
            "is_active",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar = ["created_at", "updated_at"]
        validators: ClassVar[list[Any]] = []


class SubscriptionSerializer(LooseUniqueSerializer):
    """A subscription; `mrr` in its own currency, `ends_on` the first day no longer paid for."""

    customer = VisibleCustomerField(queryset=Customer.objects.all())
    currency = serializers.CharField(max_length=3, required=False, help_text="ISO 4217; the company's where left out.")

    class Meta:
        model = Subscription
        fields: ClassVar = [
            "id",
            "external_id",
            "customer",
            "edition",
            "seats",
            "billing",
            "currency",
            "mrr",
            "starts_on",
            "ends_on",
            "is_trial",
            "auto_renews",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar = ["created_at", "updated_at"]


class TimelineEntrySerializer(serializers.ModelSerializer):
    """What happened to a customer, who did it and why."""

    class Meta:
        model = TimelineEntry
        fields: ClassVar = ["id", "at", "kind", "summary", "why", "actor_name", "data"]


class PersonSerializer(serializers.ModelSerializer):
    """A member of staff as others see it."""

    class Meta:
        model = User
        fields: ClassVar = ["id", "name", "email", "job_title", "time_zone", "spoken_languages"]


class AssignmentSerializer(serializers.ModelSerializer):
    """That a person owns a customer in a role."""

    person = PersonSerializer(read_only=True)

    class Meta:
        model = Assignment
        fields: ClassVar = [
            "id",
            "customer",
            "person",
            "role",
            "tier",
            "starts_at",
            "ends_at",
            "source",
            "why",
            "over_limit_reason",
            "handover_note",
        ]
