"""Text as lines and headers can carry it."""

import re

# Ends of lines in anybody's reading of them, other controls, and halves of characters.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# What turns the direction of the rest of a line, and what nobody sees.
_UNSEEN = re.compile(r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
# As above, without the ends of lines that Markdown reads.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return the text in one line, without control characters and without signs that turn or hide what follows."""
    if text.isascii() and text.isprintable():
        return text.strip() if "  " not in text else " ".join(text.split())
    return " ".join(_UNSEEN.sub("", _BREAKS.sub(" ", text)).split())


def plain_lines(text: str) -> str:
    r"""Return the text with \n alone as the end of its lines and no other control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNSEEN.sub("", _CONTROLS.sub("", lines))
