"""Internet addresses: e-mail addresses and domains."""

import re
from functools import lru_cache

import email_validator

from accounts.rules.errors import Unreadable
from accounts.rules.texts import shown

# Plain addresses need no full parse, which takes forty times as long; whatever else comes is left to the library.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_NAMED_EMAIL = re.compile(r"^[^<>]*<\s*([^<>\s]+)\s*>$")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_PLAIN_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})/?")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
LONGEST_EMAIL = 254
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 253


def email_address(text: str) -> str:
    """Return the address in lower case, its domain in ASCII; a display name around it is dropped."""
    address = text.strip()
    if address[-1:] == ">":
        named = _NAMED_EMAIL.match(address)
        address = named[1] if named else address
    if address[:7].casefold() == "mailto:":
        address = address[7:]
    address = address.lower()
    is_short = len(address) <= LONGEST_EMAIL and address.find("@") <= LONGEST_LOCAL
    if is_short and _PLAIN_EMAIL.fullmatch(address):
        return address
    try:
        found = email_validator.validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except email_validator.EmailNotValidError as error:
        raise Unreadable(f"{shown(text)} is not an e-mail address. {error}", "not_an_email") from None
    return (found.ascii_email or found.normalized).lower()


@lru_cache(maxsize=8192)
def domain_name(text: str) -> str:
    """Return the bare domain of a domain, a web address or an e-mail address: lower case, ASCII, without “www.”."""
    plain = _PLAIN_DOMAIN.fullmatch(text.lower())
    if plain and len(plain[1]) <= LONGEST_DOMAIN:
        return plain[1]
    word = _SCHEME.sub("", text.strip()).strip("/")
    word = re.split(r"[/?#\s,;]", word, maxsplit=1)[0].rpartition("@")[2]
    word = re.sub(r":\d+$", "", word).casefold().strip(".").removeprefix("www.")
    try:
        ascii_form = word if word.isascii() else word.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_form = ""
    labels = ascii_form.split(".")
    is_name = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if not is_name or len(ascii_form) > LONGEST_DOMAIN:
        raise Unreadable(f"{shown(text)} is not a domain; acme.com is one.", "not_a_domain")
    return ascii_form
