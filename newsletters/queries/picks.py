"""Contacts and customers to pick by hand: searched, named, and found by their addresses; as far as a person sees."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.access import contacts_within, visible_customers
from accounts.models import Contact, Customer, User
from accounts.models.customers import contact_words

FOUND = 8
MAX_WORDS = 6
MAX_LENGTH = 200


@dataclass(frozen=True)
class Pick:
    """A contact or a customer as a form names it: "contact:12" or "customer:5", with its words."""

    key: str
    words: str
    detail: str = ""


def search_picks(user: User, text: str) -> list[Pick]:
    """Return customers and contacts with this text in their names, a few of each; two queries."""
    text = text.replace("\x00", " ").strip()[:MAX_LENGTH]
    if not text:
        return []
    fits = Q(name__icontains=text) | Q(domain__icontains=text) | Q(external_id__icontains=text)
    customers = visible_customers(user).filter(fits).order_by("name", "pk")[:FOUND]
    contacts = contacts_within(user).filter(is_active=True).alias(words=contact_words())
    for word in text.split()[:MAX_WORDS]:
        contacts = contacts.filter(words__icontains=word)
    people = contacts.select_related("customer").order_by("last_name", "first_name", "pk")[:FOUND]
    return [*map(_of_customer, customers), *map(_of_contact, people)]


def picks_named(user: User, contacts: Iterable[int], customers: Iterable[int]) -> list[Pick]:
    """Return the words of what is picked; of what the person may not see no more than that it is there."""
    contact_ids, customer_ids = list(contacts), list(customers)
    seen_customers = {one.pk: one for one in visible_customers(user).filter(pk__in=customer_ids)}
    people = contacts_within(user).filter(pk__in=contact_ids).select_related("customer")
    seen_contacts = {one.pk: one for one in people}
    hidden = "in a portfolio that you do not see"
    return [
        *(
            _of_customer(seen_customers[pk])
            if pk in seen_customers
            else Pick(f"customer:{pk}", "All contacts of a customer", hidden)
            for pk in customer_ids
        ),
        *(
            _of_contact(seen_contacts[pk]) if pk in seen_contacts else Pick(f"contact:{pk}", "A contact", hidden)
            for pk in contact_ids
        ),
    ]


def contacts_by_address(user: User, addresses: Iterable[str]) -> dict[str, list[int]]:
    """Return for each of the addresses that belongs to a contact whom the person may see the contacts' ids."""
    found: dict[str, list[int]] = {}
    wanted = [address.lower() for address in addresses]
    for pk, email in contacts_within(user).filter(email__in=wanted).order_by("pk").values_list("pk", "email"):
        found.setdefault(email, []).append(pk)
    return found


def _of_customer(customer: Customer) -> Pick:
    return Pick(f"customer:{customer.pk}", f"All contacts of {customer.name}", customer.domain)


def _of_contact(contact: Contact) -> Pick:
    return Pick(f"contact:{contact.pk}", contact.name, f"{contact.email}, {contact.customer.name}")
