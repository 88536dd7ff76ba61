"""Reads that the pages of editing need: which customer is meant, which currencies can be counted."""

from django.db.models import Case, IntegerField, Q, Value, When

from accounts.access import customers_within, visible_customers
from accounts.models import CompanySettings, Customer, ExchangeRate, User
from core.errors import Invalid

SUGGESTIONS = 10


def customer_named(user: User, words: str, *, field: str) -> Customer:
    """Return the one customer that the person may see with this name or external id.

    Raises Invalid about `field` where there is none, or where several have the name.
    """
    found = list(visible_customers(user).filter(Q(name__iexact=words) | Q(external_id=words)).order_by("pk")[:2])
    exact = [customer for customer in found if customer.external_id == words]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if found:
        raise Invalid(f"Several customers are named “{words}”; write the external id.", code="ambiguous", field=field)
    raise Invalid(f"There is no customer “{words}” that you may see.", code="not_found", field=field)


def suggestions(user: User, words: str, action: str = "customer.view") -> list[Customer]:
    """Return a few customers whose name contains the words, those that begin with them first.

    They are customers with which the person may do `action`.
    """
    words = words.strip()
    if len(words) < 2:
        return []
    starts = Case(When(name__istartswith=words, then=Value(0)), default=Value(1), output_field=IntegerField())
    # The inner limit keeps a common word from sorting half the table.
    ids = customers_within(user, action).filter(name__icontains=words).values_list("pk", flat=True)[:200]
    return list(Customer.objects.filter(pk__in=list(ids)).order_by(starts, "name")[:SUGGESTIONS])


def countable_currencies() -> list[str]:
    """Return the currencies in which a subscription can be: the company's own first, then those with a rate."""
    own = CompanySettings.current().currency
    rated = (
        ExchangeRate.objects.exclude(currency=own).order_by("currency").values_list("currency", flat=True).distinct()
    )
    return [own, *rated]
