"""What a mail server's answer says: about the address, about us, about one mailbox for now, or about its server."""

import re

FIRST_PERMANENT = 500
# Refusals of a recipient that mean that there is no such mailbox (RFC 5321, 4.2.3).
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
# The server ends the conversation, whatever was asked (RFC 5321, 4.2.1).
CLOSING = 421
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Of the codes of RFC 3463: 1 is about the address, 2 about the mailbox, 7 about policy.
ADDRESS, MAILBOX, POLICY = 1, 2, 7
# 5.1.7 and 5.1.8 are about the sender's address, 5.2.1 is a mailbox that takes nothing any more.
ABOUT_THE_SENDER = frozenset({7, 8})
MAILBOX_CLOSED = 1
# What servers without such codes say when it is us whom they refuse, with the numbers of a missing mailbox.
_ABOUT_US = re.compile(
    r"\b(spam|blocked|blocklist(ed)?|black ?list(ed)?|banned|dnsbl|rbl|reputation|policy|relay(ing)?|denied|spf|dkim"
    r"|dmarc)\b",
    re.IGNORECASE,
)


def is_address_gone(code: int, words: str, *, of_recipient: bool) -> bool:
    """Tell whether the answer says for good that nobody reads mail at this address.

    A refusal for policy, of the sender or of the content is about us: the address stays good.
    """
    if code < FIRST_PERMANENT or not of_recipient:
        return False
    found = _ENHANCED.search(words)
    if found is None:
        return code in NO_SUCH_MAILBOX and _ABOUT_US.search(words) is None
    kind, detail = int(found[2]), int(found[3])
    if kind == ADDRESS:
        return detail not in ABOUT_THE_SENDER
    return kind == MAILBOX and detail == MAILBOX_CLOSED


def is_receiver_busy(code: int, words: str) -> bool:
    """Tell whether a temporary refusal is about the whole receiver rather than about one mailbox of it."""
    if code == CLOSING:
        return True
    found = _ENHANCED.search(words)
    return found is None or int(found[2]) not in (ADDRESS, MAILBOX)
