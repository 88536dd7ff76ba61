"""What programs write for “nothing”."""

_NOTHING = frozenset(
    ("", "null", "(null)", "n/a", "#n/a", "#na", "#null!", "#value!", "#ref!", "nan", "none", "nil", "\\n", "undefined")
)
LONGEST_NOTHING = max(map(len, _NOTHING))
_DASHES = frozenset(("-", "–", "—", "--", "n.a.", "?"))


def is_empty(text: str) -> bool:
    """Tell whether a trimmed text stands for nothing at all."""
    return not text or (len(text) <= LONGEST_NOTHING and text.lower() in _NOTHING)


def is_dash(text: str) -> bool:
    """Tell whether a trimmed text is a stroke that people put where a date or a number is missing."""
    return text in _DASHES
