"""Written mails: an issue is prepared once for each process, its recipients' values come in a fixed number of queries."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage

from core.bulk_mail import Letter
from newsletters.models import Issue, NewsletterSettings
from newsletters.rendering.edition import Edition, edition_of
from newsletters.rendering.recipients import Recipient, recipients_of
from newsletters.sending.claiming import Claim

# Issues whose prepared editions a process keeps, each with two subjects at most.
KEPT_EDITIONS = 8


@dataclass(frozen=True)
class Press:
    """An issue ready to be written for anybody: an edition for each subject, and who it comes from."""

    editions: dict[str, Edition]
    sender: str

    @property
    def variables(self) -> set[str]:
        """Return the names of all values that a recipient needs."""
        return set().union(*(edition.variables for edition in self.editions.values()))

    def recipients(self, claims: Sequence[Claim]) -> dict[int, Recipient]:
        """Return each delivery's recipient with its values."""
        rows = [(claim.id, claim.contact_id, claim.address, claim.variant) for claim in claims]
        return {recipient.delivery_id: recipient for recipient in recipients_of(rows, self.variables)}

    def letter(self, recipient: Recipient) -> Letter:
        """Return the mail as bytes for the recipient."""
        return Letter(self.sender, recipient.address, self._edition(recipient).mail(recipient))

    def message(self, recipient: Recipient) -> EmailMessage:
        """Return the mail as a provider's backend takes it."""
        return self._edition(recipient).message(recipient)

    def _edition(self, recipient: Recipient) -> Edition:
        return self.editions.get(recipient.variant) or self.editions[""]


def press_of(issue_id: int) -> Press:
    """Return the prepared issue, the same for each call until somebody changes what recipients get."""
    issue = Issue.objects.select_related("topic").get(pk=issue_id)
    return _prepared(issue.pk, issue.version, _sender())


@functools.lru_cache(maxsize=KEPT_EDITIONS)
def _prepared(issue_id: int, version: int, sender: str) -> Press:
    issue = Issue.objects.select_related("topic").get(pk=issue_id)
    variants = ("", "a", "b") if issue.subject_b else ("",)
    return Press({variant: edition_of(issue, variant=variant) for variant in variants}, sender)


def _sender() -> str:
    """Return the address that a mail server sends its reports about mails to."""
    return NewsletterSettings.current().sender_address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
