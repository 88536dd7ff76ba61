"""An issue as one contact would get it."""

from django.db.models import Q

from accounts.access import contacts_within, visible_customers
from accounts.models import Contact, User
from accounts.models.customers import contact_words
from core.errors import Conflict
from newsletters.models import Issue
from newsletters.rendering.edition import Edition, edition_of
from newsletters.rendering.recipients import Recipient, no_recipient, sample_recipient
from newsletters.rules.wire import BadAddress

MOST_FOUND = 8
MOST_WORDS = 5
MOST_COMPANIES = 100


def contacts_called(user: User, words: str) -> list[Contact]:
    """Return some active contacts that the person sees, by name, address or company; at most a query a word and one."""
    found = contacts_within(user).filter(is_active=True).select_related("customer").alias(words=contact_words())
    for word in words.split()[:MOST_WORDS]:
        # Asked for by themselves, so that each of both sides is read from its index.
        companies = visible_customers(user).filter(name__icontains=word).values_list("pk", flat=True)
        found = found.filter(Q(words__icontains=word) | Q(customer__in=list(companies[:MOST_COMPANIES])))
    return list(found.order_by("last_name", "first_name", "pk")[:MOST_FOUND])


def recipient_for_preview(contact: Contact | None, *, variant: str = "a") -> Recipient:
    """Return the contact as a recipient whose links change nothing; without one, somebody of whom nothing is known."""
    if contact is not None:
        return sample_recipient(contact, variant=variant)
    recipient = no_recipient()
    recipient.variant = variant
    return recipient


def edition_for_preview(issue: Issue) -> Edition:
    """Return the issue drawn without counting: looking at it is no opening.

    Raises Conflict `bad_address` where no mail can name the sender or where answers go.
    """
    try:
        return edition_of(issue, counts=False)
    except BadAddress as error:
        raise Conflict(f"{error} Correct the sender’s address, or where answers go.", code="bad_address") from error
