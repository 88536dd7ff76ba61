"""Search over customers, contacts and people, each as far as the person may see."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.access import contacts_within, people_within, visible_customers
from accounts.models import Contact, Customer, User
from accounts.models.customers import contact_words
from accounts.permissions import may

MAX_LENGTH = 200
MAX_WORDS = 6
PER_GROUP = 8


@dataclass(frozen=True)
class Found:
    """What a search found, a few of each kind; `more` tells that there are further customers."""

    customers: list[Customer]
    contacts: list[Contact]
    people: list[User]
    more_customers: bool
    more_contacts: bool

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was found."""
        return not (self.customers or self.contacts or self.people)


def find(user: User, text: str, *, per_group: int = PER_GROUP) -> Found:
    """Return the customers, contacts and people with this text in their names, in three queries at most."""
    text = text.replace("\x00", " ").strip()[:MAX_LENGTH]
    if not text:
        return Found([], [], [], False, False)
    customers = _customers(user, text, per_group + 1) if may(user, "customer.view") else []
    contacts = _contacts(user, text, per_group + 1) if may(user, "customer.view") else []
    people = _people(user, text, per_group) if may(user, "portfolio.view") else []
    return Found(
        customers[:per_group],
        contacts[:per_group],
        people,
        len(customers) > per_group,
        len(contacts) > per_group,
    )


def _customers(user: User, text: str, limit: int) -> list[Customer]:
    fits = Q(name__icontains=text) | Q(domain__icontains=text) | Q(external_id__icontains=text)
    return list(visible_customers(user).filter(fits).order_by("name", "pk")[:limit])


def _contacts(user: User, text: str, limit: int) -> list[Contact]:
    contacts = contacts_within(user).alias(words=contact_words())
    # Each word somewhere in the names or the address, so that "ann lee" and "lee ann" both find her.
    for word in text.split()[:MAX_WORDS]:
        contacts = contacts.filter(words__icontains=word)
    return list(contacts.select_related("customer").order_by("last_name", "first_name", "pk")[:limit])


def _people(user: User, text: str, limit: int) -> list[User]:
    people = people_within(user, "portfolio.view").filter(is_active=True)
    return list(people.filter(Q(name__icontains=text) | Q(email__icontains=text)).order_by("name", "pk")[:limit])
