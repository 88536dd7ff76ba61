"""API tokens: made once shown, kept as a digest, ended by their owner."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from accounts.access import portal_contacts
from accounts.models import ApiToken, User
from accounts.permissions import require
from core.errors import Invalid, NotAllowed

LONGEST_DAYS = 730
MOST_TOKENS = 50


@transaction.atomic
def create_token(*, person: User, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
    """Return the token and its text, which is shown now and never again.

    `days` is how long it lasts, at most two years. Raises Invalid for anything else and for unknown scopes.
    """
    if person.is_contact:
        # Which calls a contact may make is up to each of them; most are for staff.
        if not portal_contacts(person).exists():
            raise NotAllowed("This login is no contact of any customer.")
    else:
        require(person, "token.create")
    name = name.strip()
    if not name or len(name) > ApiToken._meta.get_field("name").max_length:
        raise Invalid("Give the token a name of at most 120 characters.", field="name")
    wanted = sorted(set(scopes))
    if not wanted or set(wanted) - set(ApiToken.Scope.values):
        raise Invalid("Choose read, or read and write.", field="scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"A token lasts from 1 to {LONGEST_DAYS} days.", field="days")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.auth_token_set.count() >= MOST_TOKENS:
        raise Invalid(f"You have {MOST_TOKENS} tokens; revoke one first.", code="too_many_tokens")
    return ApiToken.objects.create(person, expiry=timedelta(days=days), name=name, scopes=wanted)


def revoke_token(*, person: User, token: ApiToken) -> None:
    """End the token at once."""
    ApiToken.objects.filter(user=person, pk=token.pk).delete()
