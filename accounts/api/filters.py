"""The filters of the API's lists."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet

from accounts.models import Contact, Customer, Subscription, Tier


class CustomerFilter(django_filters.FilterSet):
    """Filters customers; `name` finds a part of the name, `owner` the open owner in any role."""

    name = django_filters.CharFilter(lookup_expr="icontains")
    tier = django_filters.MultipleChoiceFilter(choices=Tier.choices)
    tag = django_filters.CharFilter(method="by_tag")
    owner = django_filters.NumberFilter(method="by_owner")
    mrr_min = django_filters.NumberFilter(field_name="mrr", lookup_expr="gte")
    mrr_max = django_filters.NumberFilter(field_name="mrr", lookup_expr="lte")
    renews_before = django_filters.DateFilter(field_name="renews_on", lookup_expr="lt")
    updated_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Customer
        fields: ClassVar = [
            "external_id",
            "domain",
            "country",
            "industry",
            "stage",
            "edition",
            "is_brand",
            "is_strategic",
        ]

    def by_tag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Return the customers that carry the tag."""
        return queryset.filter(tags__contains=[value])

    def by_owner(self, queryset: QuerySet, name: str, value: int) -> QuerySet:
        """Return the customers that the person owns now, in any role."""
        return queryset.filter(assignments__person_id=value, assignments__ends_at=None).distinct()


class ContactFilter(django_filters.FilterSet):
    """Filters contacts."""

    class Meta:
        model = Contact
        fields: ClassVar = ["customer", "external_id", "email", "is_active", "is_decision_maker"]


class SubscriptionFilter(django_filters.FilterSet):
    """Filters subscriptions; `active_on` keeps those that run on a day."""

    active_on = django_filters.DateFilter(method="running_on")

    class Meta:
        model = Subscription
        fields: ClassVar = ["customer", "external_id", "billing", "currency", "is_trial"]

    def running_on(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        """Return the subscriptions that run on the day."""
        return queryset.filter(starts_on__lte=value).exclude(ends_on__lte=value)
