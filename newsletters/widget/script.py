"""The widget's script as it is served: without comments, indents and line ends that mean nothing."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

SOURCE = Path(__file__).with_name("notices.js")
# Behind one of these a line end means nothing, in the code as in the style sheet inside it.
_JOINED = re.compile(r"(?<=[{(\[,;>])\n")


@lru_cache(maxsize=1)
def served() -> tuple[str, str]:
    """Return the script and its digest, which stands in the address that may be kept for ever."""
    text = lean(SOURCE.read_text(encoding="utf-8"))
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def lean(source: str) -> str:
    """Return the script without what only its readers need; it has no line of text that begins with // or a blank."""
    lines = (line.strip() for line in source.splitlines())
    return _JOINED.sub("", "\n".join(line for line in lines if line and not line.startswith("//")) + "\n")
