"""What a customer's contacts received of newsletters, and what they declined."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Contact, Customer
from newsletters.models import Channel, Delivery, Preference, Suppression

SHOWN = 8
MOST_DECLINED = 20


@dataclass(frozen=True)
class Received:
    """A mail to one of the customer's contacts, and what became of it."""

    issue_id: int
    title: str
    who: str
    at: datetime
    state: str
    words: str


@dataclass(frozen=True)
class Declined:
    """That a contact does not want something."""

    who: str
    what: str
    at: datetime


def newsletters_panel(customer: Customer) -> dict[str, Any] | None:
    """Return the last mails to the customer's contacts and what they declined; None where there is neither.

    Three queries.
    """
    mails = list(_mails(customer)[: SHOWN + 1])
    declined = [*_suppressed(customer), *_declined(customer)]
    if not mails and not declined:
        return None
    return {"received": [_received(row) for row in mails[:SHOWN]], "more": len(mails) > SHOWN, "declined": declined}


def _mails(customer: Customer):  # type: ignore[no-untyped-def]
    ended = (Delivery.State.SENT, Delivery.State.FAILED, Delivery.State.UNKNOWN, Delivery.State.SUPPRESSED)
    rows = Delivery.objects.filter(contact__customer=customer, issue__isnull=False, state__in=ended)
    return rows.order_by("-pk").values(
        *("issue_id", "issue__title", "state", "sent_at", "bounced_at", "clicked_at", "unsubscribed_at"),
        *("complained_at", "issue__started_at", "issue__created_at"),
        *("contact__first_name", "contact__last_name", "contact__email"),
    )


def _received(row: dict[str, Any]) -> Received:
    state, words = _outcome(row)
    at = row["sent_at"] or row["issue__started_at"] or row["issue__created_at"]
    return Received(row["issue_id"], row["issue__title"], _name(row), at, state, words)


def _name(row: dict[str, Any]) -> str:
    names = {key.removeprefix("contact__"): row[key] for key in row if key.startswith("contact__")}
    return Contact(**names).name


def _outcome(row: dict[str, Any]) -> tuple[str, str]:
    """Return the state and the words for what says most about the mail."""
    for column, words in (
        ("complained_at", "Marked as spam"),
        ("unsubscribed_at", "Unsubscribed"),
        ("bounced_at", "Bounced"),
    ):
        if row[column]:
            return "failed", words
    if row["clicked_at"]:
        return "sent", "Clicked"
    state = Delivery.State(row["state"])
    return state.value, "Delivered" if state == Delivery.State.SENT else str(state.label)


def _suppressed(customer: Customer) -> list[Declined]:
    addresses = Contact.objects.filter(customer=customer, is_active=True).values("email")
    rows = Suppression.objects.filter(address__in=addresses).order_by("-created_at")[:MOST_DECLINED]
    return [Declined(row.address, f"Everything: {row.get_reason_display().lower()}", row.created_at) for row in rows]


def _declined(customer: Customer) -> list[Declined]:
    rows = Preference.objects.filter(contact__customer=customer, contact__is_active=True, wants=False)
    rows = rows.select_related("contact", "topic").order_by("-changed_at", "-pk")[:MOST_DECLINED]
    return [
        Declined(
            row.contact.name,
            f"{row.topic or 'All newsletters'}, {Channel(row.channel).label.lower()}",
            row.changed_at,
        )
        for row in rows
    ]
