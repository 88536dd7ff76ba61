"""Languages as HTML names them."""

import re

# Of the languages that are written from right to left.
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def language_tag(language: str) -> str:
    """Return the language as an attribute may name it; English for what is no language."""
    tag = language.replace("_", "-")
    return tag if _TAG.fullmatch(tag) else "en"


def direction_of(language: str) -> str:
    """Return which way the language is written: ltr or rtl."""
    return "rtl" if language_tag(language).partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
