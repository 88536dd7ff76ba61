"""A test finds what a new company finds: what the apps begin with, and nothing that another test left."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from accounts.models import Customer
from segments.models import Rule, RuleSet
from tests.cast import make_customer
from tests.plugin_database import empty


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_begins_as_a_new_one() -> None:
    make_customer("Acme")
    begun = RuleSet.objects.get().pk
    kinds, permissions = set(ContentType.objects.values_list("pk")), set(Permission.objects.values_list("pk"))
    empty()
    assert not Customer.objects.exists()
    active = RuleSet.objects.get()
    assert active.pk != begun
    assert (active.status, active.name) == (RuleSet.Status.ACTIVE, "Default rules")
    assert Rule.objects.filter(rule_set=active).exists()
    assert set(ContentType.objects.values_list("pk")) == kinds
    assert set(Permission.objects.values_list("pk")) == permissions
