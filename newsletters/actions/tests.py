"""Test mails: an issue as one contact would get it, to colleagues, with links that change nothing."""

from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives

from accounts.mail import post_message
from accounts.models import Contact, User
from accounts.permissions import require
from core.errors import Conflict
from core.transactions import repeated_transaction
from newsletters.models import Issue
from newsletters.queries.preview import edition_for_preview, recipient_for_preview

MARK = "[Test] "


@repeated_transaction
def send_test(
    *, actor: User, issue: Issue, to: Sequence[User], contact: Contact | None = None, variant: str = "a"
) -> int:
    """Return how many test mails are promised, one to each colleague.

    Each says in its subject that it is a test. It carries no headers of bulk mail and its links are those of a preview,
    so nothing in it declines, counts or opens anything. Raises Conflict for an issue without a subject or content.
    """
    require(actor, "newsletter.edit")
    if not issue.subject:
        raise Conflict("Give it a subject first.", code="no_subject")
    edition, recipient = edition_for_preview(issue), recipient_for_preview(contact, variant=variant)
    for person in to:
        recipient.address, recipient.name = person.email, person.name
        drawn = edition.message(recipient)
        message = EmailMultiAlternatives(
            f"{MARK}{drawn.subject}", drawn.body, drawn.from_email, [person.email], headers=_headers(drawn)
        )
        message.attach_alternative(edition.html(recipient), "text/html")
        post_message(message)
    return len(to)


def _headers(drawn: EmailMultiAlternatives) -> dict[str, str]:
    return {"Reply-To": ", ".join(drawn.reply_to)} if drawn.reply_to else {}
