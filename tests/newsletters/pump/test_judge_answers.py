"""What a mail server's refusal is about: the address, the mailbox for now, its whole receiver, or us."""

import pytest

from newsletters.rules.answers import is_address_gone, is_receiver_busy


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (550, "550 5.1.1 No such box"),
        (550, "550 5.1.10 Recipient not found"),
        (550, "550 5.2.1 The account is disabled"),
        (553, "553 sorry, no mailbox here by that name"),
        (550, "550 Requested action not taken: mailbox unavailable"),
        (551, "551 User not local"),
    ],
)
def test_an_address_that_is_gone(code: int, words: str) -> None:
    assert is_address_gone(code, words, of_recipient=True)
    assert not is_address_gone(code, words, of_recipient=False)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (450, "450 4.1.1 Not now"),
        (552, "552 5.2.2 Mailbox full"),
        (550, "550 5.7.1 Blocked by our policy"),
        (550, "550 5.1.8 Sender's address is not known"),
        (554, "554 No"),
        (550, "550 relay not permitted"),
        (550, "550 Your address is listed: blocked using zen.example"),
        (550, "550 Access denied"),
        (550, "550 This looks like SPAM"),
        (553, "553 SPF check failed"),
    ],
)
def test_a_refusal_that_leaves_the_address_good(code: int, words: str) -> None:
    assert not is_address_gone(code, words, of_recipient=True)


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (421, "421 4.2.1 Too many connections", True),
        (450, "450 4.7.1 Try again later", True),
        (451, "451 4.3.0 Disk full", True),
        (450, "450 Busy", True),
        (452, "452 4.2.2 Mailbox full", False),
        (450, "450 4.1.1 Unknown for now", False),
    ],
)
def test_a_receiver_that_is_busy_and_a_mailbox_that_is(code: int, words: str, expected: bool) -> None:
    assert is_receiver_busy(code, words) is expected
