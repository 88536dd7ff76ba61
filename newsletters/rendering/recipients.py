"""To whom a mail is written: everything of one recipient that stands in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from accounts.models import Contact
from newsletters import links, variables
from newsletters.invitations import invitation_url
from newsletters.rendering.sheets import BOOKING

Row = tuple[int, int | None, str, str]


@dataclass(slots=True)
class Recipient:
    """One recipient; `values` are as stored, and made harmless where they are filled in."""

    delivery_id: int
    address: str
    name: str
    token: str
    values: dict[str, str]
    variant: str = ""


def recipients_of(rows: Sequence[Row], names: Collection[str]) -> list[Recipient]:
    """Return the recipients of (delivery, contact, address, variant), each with the values that `names` asks for.

    The number of queries does not grow with the rows. Who is no longer a contact has no name and no values.
    """
    contact_ids = [contact_id for _, contact_id, _, _ in rows if contact_id is not None]
    values = variables.values_of(contact_ids, {"contact.name", *names})
    if BOOKING.name in names:
        for contact in Contact.objects.filter(pk__in=contact_ids).select_related("customer"):
            values[contact.pk][BOOKING.name] = invitation_url(contact)
    nothing: dict[str, str] = {}
    return [
        Recipient(
            delivery_id,
            address,
            values.get(contact_id or 0, nothing).get("contact.name", ""),
            links.token_of(delivery_id),
            values.get(contact_id or 0, nothing),
            variant,
        )
        for delivery_id, contact_id, address, variant in rows
    ]


def sample_recipient(contact: Contact, *, variant: str = "") -> Recipient:
    """Return a recipient for previews and test mails: the contact's own values, links that change nothing."""
    values = variables.values_of([contact.pk], variables.names())[contact.pk]
    values[BOOKING.name] = links.view_url(links.PREVIEW)
    return Recipient(0, contact.email, values.get("contact.name", ""), links.PREVIEW, values, variant)


def no_recipient() -> Recipient:
    """Return nobody: every variable falls back, as in the archive."""
    return Recipient(0, "", "", links.PREVIEW, {BOOKING.name: links.view_url(links.PREVIEW)})
