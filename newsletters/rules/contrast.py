"""Whether letters can be read on their ground, as WCAG 2.2 measures it."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

# WCAG 2.2, 1.4.3 (level AA): for letters, and for large ones.
LEAST, LEAST_FOR_LARGE = 4.5, 3.0
LARGE_PIXELS, LARGE_BOLD_PIXELS = 24, 18.66
BOLD = 600

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_NO_END = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSEEN = frozenset({"head", "style", "title", "script"})


@dataclass(frozen=True)
class Look:
    """How text looks where it stands."""

    ink: str = "#000000"
    ground: str = "#ffffff"
    pixels: float = 16
    weight: int = 400
    is_shown: bool = True


@dataclass(frozen=True)
class Faint:
    """Words that can hardly be read, and by how much."""

    words: str
    ratio: float


def ratio(first: str, second: str) -> float:
    """Return the contrast of two colours like #1f2933: from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faint_words(html: str) -> list[Faint]:
    """Return the words that stand out too little, by the styles on the elements themselves."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Faint] = []
        self._looks: list[tuple[str, Look]] = [("", Look())]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        if tag not in _NO_END:
            self._looks.append((tag, _look(self._looks[-1][1], tag, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it that were not ended."""
        for at in range(len(self._looks) - 1, 0, -1):
            if self._looks[at][0] == tag:
                del self._looks[at:]
                return

    def handle_data(self, data: str) -> None:
        """Judge the words."""
        words, look = " ".join(data.split()), self._looks[-1][1]
        if not words or not look.is_shown:
            return
        is_large = look.pixels >= LARGE_PIXELS or (look.pixels >= LARGE_BOLD_PIXELS and look.weight >= BOLD)
        measured = ratio(look.ink, look.ground)
        if measured < (LEAST_FOR_LARGE if is_large else LEAST):
            self.found.append(Faint(words[:60], measured))


def _look(outer: Look, tag: str, attrs: dict[str, str | None]) -> Look:
    style = dict(_declarations(attrs.get("style") or ""))
    ground = style.get("background-color") or style.get("background") or attrs.get("bgcolor") or ""
    weight = {"bold": "700", "normal": "400"}.get(style.get("font-weight", ""), style.get("font-weight", ""))
    return Look(
        ink=_colour(style.get("color", ""), outer.ink),
        ground=_colour(ground, outer.ground),
        pixels=_pixels(style.get("font-size", ""), outer.pixels),
        weight=int(weight) if weight.isdigit() else outer.weight,
        is_shown=outer.is_shown and tag not in _UNSEEN and style.get("display") != "none",
    )


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in style.split(";"))
    return [(name.strip().lower(), value.strip().lower()) for name, _, value in pairs]


def _colour(value: str, otherwise: str) -> str:
    found = _COLOUR.match(value)
    return found[0] if found else otherwise


def _pixels(value: str, otherwise: float) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)px", value)
    return float(found[1]) if found else otherwise
