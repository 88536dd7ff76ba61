"""What makes a mail look like spam, or hard to read: pure judgements on words."""

import re

# Words that filters and readers take for advertising of the wrong kind.
LOUD_WORDS = (
    "100% free",
    "act now",
    "buy now",
    "cash bonus",
    "click below",
    "click here",
    "congratulations",
    "double your",
    "earn money",
    "free gift",
    "guaranteed",
    "limited time",
    "make money",
    "no obligation",
    "once in a lifetime",
    "order now",
    "risk-free",
    "risk free",
    "satisfaction guaranteed",
    "special promotion",
    "this is not spam",
    "urgent",
    "winner",
    "you have been selected",
    "gewinnspiel",
    "hier klicken",
    "jetzt kaufen",
    "kostenlos testen",
    "nur heute",
)
# Of a link read aloud by itself they say nothing.
EMPTY_LINK_WORDS = frozenset(
    {"click here", "here", "hier", "hier klicken", "link", "more", "this", "mehr", "read", "ici"}
)
# Mail programs on telephones show about as many letters.
LONGEST_SUBJECT = 70
FEWEST_SHOUTED_LETTERS = 8
SHOUTING_SHARE = 0.6

_LOUD = re.compile(r"\b(" + "|".join(map(re.escape, LOUD_WORDS)) + r")\b", re.IGNORECASE)
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|webp|svg)", re.IGNORECASE)


def loud_words(text: str) -> list[str]:
    """Return the words of the text that look like spam, each once."""
    return list(dict.fromkeys(found.lower() for found in _LOUD.findall(text)))


def is_shouting(text: str) -> bool:
    """Tell whether most letters are capitals, or signs of exclamation stand together."""
    letters = [sign for sign in text if sign.isalpha()]
    capitals = sum(sign.isupper() for sign in letters)
    is_loud = len(letters) >= FEWEST_SHOUTED_LETTERS and capitals / len(letters) > SHOUTING_SHARE
    return is_loud or "!!" in text or text.count("!") > 2


def is_file_name(text: str) -> bool:
    """Tell whether a description is only the name of a file."""
    return _FILE_NAME.fullmatch(text.strip()) is not None


def says_nothing(words: str) -> bool:
    """Tell whether the words of a link don't tell where it leads."""
    return words.strip(" .…!»→").lower() in EMPTY_LINK_WORDS
