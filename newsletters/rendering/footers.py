"""The foot of every mail: why it came, how to end that, and who sent it, in the language of the issue."""

from dataclasses import dataclass
from html import escape

from django.conf import settings

from newsletters.rendering.palette import STYLES
from newsletters.rendering.sheets import TOKEN, HtmlSheet, TextSheet
from newsletters.rules.phrases import Phrases
from newsletters.rules.templates import Piece
from newsletters.rules.words import one_line, plain_lines


@dataclass(frozen=True)
class Foot:
    """What the foot of one issue says."""

    company: str
    topic: str
    postal_address: str
    # The archive is read by anybody: it has nothing to decline.
    is_for_archive: bool = False

    def html(self, sheet: HtmlSheet) -> str:
        """Return the mark for the foot as HTML."""
        words = sheet.phrases
        parts: list[str] = []
        if not self.is_for_archive:
            parts += [self._paragraph(self._why(words)), f'<p style="{STYLES["p"]}">{self._links(sheet, words)}</p>']
        parts.append(self._paragraph(self.company, *plain_lines(self.postal_address).strip().split("\n")))
        # Every language of these words is written from left to right, whatever stands above.
        return sheet.hold(f'<div lang="{words.language}" dir="ltr">{"".join(parts)}</div>')

    def text(self, sheet: TextSheet) -> str:
        """Return the mark for the foot as plain text."""
        words = sheet.phrases
        address = "\n".join(line.strip() for line in [self.company, *plain_lines(self.postal_address).split("\n")])
        rule = "-" * 40
        if self.is_for_archive:
            return sheet.hold(f"{rule}\n{address.strip()}")
        ways = "\n".join(f"{label}: {sheet.hold(*address)}" for label, address in _ways(words))
        return sheet.hold(f"{rule}\n{self._why(words)}\n\n{ways}\n\n{address.strip()}")

    def _why(self, words: Phrases) -> str:
        # Not str.format with a person's words as the pattern: they are only ever filled in.
        return words.why.replace("{company}", self.company).replace("{topic}", self.topic)

    def _paragraph(self, *lines: str) -> str:
        inside = "<br>".join(escape(one_line(line)) for line in lines if line.strip())
        return f'<p style="{STYLES["p"]}">{inside}</p>'

    def _links(self, sheet: HtmlSheet, words: Phrases) -> str:
        style = STYLES["a"]
        return " &nbsp;·&nbsp; ".join(
            f'<a href="{sheet.hold(*address)}" target="_blank" style="{style}">{escape(label)}</a>'
            for label, address in _ways(words)
        )


def _ways(words: Phrases) -> list[tuple[str, tuple[Piece, ...]]]:
    base = f"{settings.PUBLIC_URL}/n/"
    return [
        (words.unsubscribe, (base, TOKEN, "/unsubscribe/")),
        (words.preferences, (base, TOKEN, "/preferences/")),
        (words.view, (base, TOKEN, "/")),
    ]
