"""Written mails: an issue is drawn once for each process, its recipients' values come in a fixed number of queries."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.mail import EmailMessage

from core.bulk_mail import Letter
from newsletters.freezing import timing_of
from newsletters.models import Issue
from newsletters.rendering.edition import Edition, edition_key, edition_of
from newsletters.rendering.recipients import Recipient, recipients_of
from newsletters.rules.timing import Timing
from newsletters.sending.claiming import Claim

# Issues whose editions a process keeps.
KEPT = 8

_kept: OrderedDict[tuple, Edition] = OrderedDict()


@dataclass(frozen=True)
class Press:
    """An issue ready to be written to anybody, and when it may go to them."""

    edition: Edition
    timing: Timing

    def recipients(self, claims: Sequence[Claim]) -> dict[int, Recipient]:
        """Return each delivery's recipient with its values."""
        rows = [(claim.id, claim.contact_id, claim.address, claim.variant) for claim in claims]
        return {recipient.delivery_id: recipient for recipient in recipients_of(rows, self.edition.variables)}

    def letter(self, recipient: Recipient) -> Letter:
        """Return the mail as bytes for the recipient."""
        return Letter(self.edition.envelope.address, recipient.address, self.edition.mail(recipient))

    def message(self, recipient: Recipient) -> EmailMessage:
        """Return the mail as a provider's backend takes it."""
        return self.edition.message(recipient)


def press_of(issue_id: int) -> Press:
    """Return the drawn issue, drawn anew only when what recipients get has changed."""
    issue = Issue.objects.select_related("topic").get(pk=issue_id)
    key = edition_key(issue)
    if key not in _kept:
        _kept[key] = edition_of(issue)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return Press(_kept[key], timing_of(issue))
