"""The headers of a newsletter: who writes, and all that lets a mail program decline it in one click.

RFC 5322 (the message), 2919 (List-Id), 2369 (List-*), 8058 (one click), 3834 (nobody's holiday notice need answer).
"""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings

from newsletters.links import message_name_of, unsubscribe_url
from newsletters.models import Issue, NewsletterSettings
from newsletters.rendering.sheets import TOKEN
from newsletters.rules.templates import Piece
from newsletters.rules.wire import FOLD, ascii_address, header_mailbox, header_phrase, quoted_string
from newsletters.rules.words import one_line

# What Gmail groups its figures by: its last part names the sender in 5 to 15 letters.
SHORTEST_SENDER_ID, LONGEST_SENDER_ID = 5, 15


@dataclass(frozen=True)
class Envelope:
    """What all mails of an issue have in common."""

    name: str
    address: str
    reply_to: str
    list_id: str
    feedback_id: str

    @property
    def domain(self) -> str:
        """Return the domain that the mails come from."""
        return self.address.rpartition("@")[2]

    def message_id(self, token: str) -> str:
        """Return the Message-ID: the same however often the delivery is tried."""
        return f"<{message_name_of(token)}@{self.domain}>"

    def listed(self, token: str) -> dict[str, str]:
        """Return the headers of bulk mail for one recipient."""
        ways = f"<{unsubscribe_url(token)}>"
        if self.reply_to:
            ways += f", <{self._mailto(token)}>"
        return {
            "List-Id": self.list_id.replace(FOLD, " "),
            "List-Unsubscribe": ways,
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Post": "NO",
            "Precedence": "bulk",
            "Auto-Submitted": "auto-generated",
            "Feedback-ID": self.feedback_id,
        }

    def lines(self) -> list[tuple[str, list[Piece]]]:
        """Return all headers but To, Subject, Date and Message-ID, in pieces around the recipient's token."""
        before, after = unsubscribe_url("\0").split("\0")
        ways: list[Piece] = [f"<{before}", TOKEN, f"{after}>"]
        if self.reply_to:
            first, last = self._mailto("\0").split("\0")
            ways += [f",{FOLD}<{first}", TOKEN, f"{last}>"]
        own: list[tuple[str, list[Piece]]] = [
            ("From", [header_mailbox(self.name, self.address, used=6)]),
            ("List-Id", [self.list_id]),
            ("List-Unsubscribe", ways),
        ]
        if self.reply_to:
            own.append(("Reply-To", [self.reply_to]))
        rest = self.listed("")
        own += [(name, [rest[name]]) for name in rest if name not in ("List-Id", "List-Unsubscribe")]
        return own

    def _mailto(self, token: str) -> str:
        return f"mailto:{quote(self.reply_to, safe='@')}?subject=unsubscribe%20{token}"


def plain_mailbox(name: str, address: str) -> str:
    """Return who somebody is with the name unencoded, as Django's messages and providers want it."""
    plain = ascii_address(address)
    return f"{quoted_string(name)} <{plain}>" if name else plain


def envelope_of(issue: Issue, house: NewsletterSettings, company: str) -> Envelope:
    """Return what all mails of the issue have in common; raise BadAddress where the sender's is none."""
    chosen, own_address = sender_of(house)
    address = ascii_address(own_address)
    name = one_line(issue.sender_name) or chosen or one_line(company)
    reply_to = issue.reply_to or house.reply_to
    domain = address.rpartition("@")[2].lower()
    return Envelope(
        name=name,
        address=address,
        reply_to=ascii_address(reply_to) if reply_to else "",
        list_id=_list_id(one_line(issue.topic.name), issue.topic.slug, domain),
        feedback_id=f"{issue.pk}:{issue.topic.slug}:newsletter:{_sender_id(domain)}",
    )


def sender_of(house: NewsletterSettings) -> tuple[str, str]:
    """Return the name, empty where none was chosen, and the address that newsletters come from."""
    return one_line(house.sender_name), house.sender_address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _list_id(name: str, slug: str, domain: str) -> str:
    # An underscore may stand in a slug, not in a domain-like name.
    label = slug.replace("_", "-").strip("-") or "newsletter"
    phrase = header_phrase(name, used=9)
    return f"{phrase}{FOLD}<{label}.newsletters.{domain}>"


def _sender_id(domain: str) -> str:
    letters = re.sub(r"[^a-z0-9]", "", domain)[:LONGEST_SENDER_ID]
    return letters.ljust(SHORTEST_SENDER_ID, "0")
