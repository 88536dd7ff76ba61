"""Which addresses a link in a mail may have."""

import re
from urllib.parse import urlsplit

MOST_LETTERS = 2000
SCHEMES = frozenset({"https", "http", "mailto"})

# No white space or control characters, nor signs that could end an attribute or a header's address.
_WHOLE = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>\"'`{}|\\^]+")
_MAILBOX = re.compile(r"[^@\s,;]+@[A-Za-z0-9.-]+")


def is_safe(url: str) -> bool:
    """Tell whether a link may lead there: a web address with a host, or a mailbox."""
    if len(url) > MOST_LETTERS or not _WHOLE.fullmatch(url) or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in SCHEMES:
        return False
    if parts.scheme == "mailto":
        return _MAILBOX.fullmatch(parts.path) is not None
    # A name before the host is an old trick to show one address and lead to another.
    return bool(parts.hostname) and "@" not in parts.netloc


def is_web(url: str) -> bool:
    """Tell whether this is a safe address of the web."""
    return is_safe(url) and not url.startswith("mailto:")
