"""Addresses that get no newsletter: entered and lifted by a person, who says why."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from accounts import timeline
from accounts.models import Contact, User
from accounts.permissions import require
from core import audit
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.models import Suppression

# Characters that a mail address may have (RFC 5321).
LONGEST = 254


@repeated_transaction
def suppress_address(*, actor: User, address: str, detail: str) -> Suppression:
    """Return the suppression now entered; raise Conflict where there is one already."""
    require(actor, "suppression.edit")
    address = _checked(address)
    made = Suppression(
        address=address,
        reason=Suppression.Reason.MANUAL,
        origin=Suppression.Origin.STAFF,
        detail=detail.strip()[:300],
        created_by=actor,
        created_at=timezone.now(),
    )
    Suppression.objects.bulk_create([made], ignore_conflicts=True)
    found = Suppression.objects.get(address=address)
    if (found.created_by_id, found.created_at) != (actor.pk, made.created_at):
        reason = found.get_reason_display().lower()
        raise Conflict(f"{address} is suppressed already: {reason}.", code="suppressed_already", field="address")
    _tell(actor, address, f"No newsletter goes to {address} any more", detail)
    return found


@repeated_transaction
def lift_suppression(*, actor: User, suppression: Suppression, why: str) -> None:
    """Let newsletters go to the address again, as far as its contacts want them; to lift it twice changes nothing."""
    require(actor, "suppression.edit")
    if not why.strip():
        raise Invalid("Say why the address may get newsletters again.", code="reason_missing", field="why")
    with audit.because(why, who=actor.email):
        gone, _ = Suppression.objects.filter(pk=suppression.pk).delete()
    if gone:
        _tell(actor, suppression.address, f"Newsletters may go to {suppression.address} again", why)


def _checked(address: str) -> str:
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid("This is no mail address.", code="bad_address", field="address") from error
    if len(address) > LONGEST:
        raise Invalid("This address is too long.", code="bad_address", field="address")
    return address


def _tell(actor: User, address: str, words: str, why: str) -> None:
    customers = Contact.objects.filter(email=address).order_by("pk").values_list("customer_id", flat=True)
    for customer_id in dict.fromkeys(customers):
        timeline.record(customer_id, "newsletter.suppression", words, actor=actor, why=why.strip()[:300])
