"""Origins of web pages as browsers name them: scheme, host and port, and nothing else."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


def origin_of(text: str) -> str:
    """Return the origin that is meant, written as browsers write it; raise ValueError for what is none.

    Only pages on this machine may come without encryption.
    """
    parts = urlsplit(text.strip())
    scheme, port = parts.scheme.lower(), parts.port
    if scheme not in DEFAULT_PORTS or parts.username is not None or parts.path not in ("", "/"):
        raise ValueError("no origin")
    if parts.query or parts.fragment or not parts.hostname:
        raise ValueError("no origin")
    host = _as_browsers_write(parts.hostname)
    if not _HOST.fullmatch(host):
        raise ValueError("no host")
    if scheme == "http" and host not in _ON_THIS_MACHINE:
        raise ValueError("not encrypted")
    return f"{scheme}://{host}" + (f":{port}" if port is not None and port != DEFAULT_PORTS[scheme] else "")


def _as_browsers_write(host: str) -> str:
    if ":" in host:
        return f"[{host.lower()}]"
    return host.lower() if host.isascii() else host.encode("idna").decode()
