"""The mail to whoever is taken off a waiting list without an hour; it goes by the outbox, like mails about logins."""

from accounts import mail
from accounts.models import CompanySettings
from queues.actions.offers import MISSED_OFFERS
from queues.links import BOOK_FOR, book_url
from queues.mails.wording import one_line
from queues.models import WaitingEntry


def tell_ended(entry: WaitingEntry) -> None:
    """Promise to tell the contact that its place has ended and why, unless it left or has its hour."""
    contact = entry.contact
    if entry.state != WaitingEntry.State.EXPIRED or contact is None or not contact.is_active:
        return
    context = {
        "name": one_line(contact.first_name or contact.name),
        "queue": one_line(entry.queue.name),
        "offers_missed": entry.offers_missed,
        "has_missed": entry.offers_missed >= MISSED_OFFERS,
        "link": book_url(contact, entry.queue),
        "days": BOOK_FOR.days,
        "company": CompanySettings.current().name,
    }
    mail.post(contact.email, "queue-waiting-ended", context)
