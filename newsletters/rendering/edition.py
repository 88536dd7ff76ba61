"""An issue drawn once, to be written to many: what differs between two mails is filled in and nothing else.

Drawing an issue takes milliseconds; filling a mail takes some millionths of a second, because the whole message lies
ready in quoted-printable, cut where values go. Every value stands between soft line breaks, so that it can be long or
short without moving a line that is already broken.
"""

import secrets
import time
from email.utils import formatdate
from html import escape
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from mjml import mjml2html

from accounts.models import CompanySettings
from newsletters import blocks, variables
from newsletters.models import Block, Issue, Link, NewsletterSettings, Picture
from newsletters.rendering import palette
from newsletters.rendering.footers import Foot
from newsletters.rendering.headers import Envelope, envelope_of, plain_mailbox
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.sheets import TOKEN, HtmlSheet, TextSheet
from newsletters.rules.languages import direction_of, language_tag
from newsletters.rules.phrases import phrases_in
from newsletters.rules.templates import Piece, Slot, names_in, parse
from newsletters.rules.wire import CRLF, SOFT_BREAK, header_mailbox, header_text, is_plain, quoted, quoted_value
from newsletters.rules.words import one_line

VARIANTS = ("a", "b")


class Edition:
    """One version of an issue, ready to be written out for any recipient."""

    def __init__(
        self, envelope: Envelope, subjects: dict[str, list[Piece]], html: list[Piece], text: list[Piece], variant: str
    ) -> None:
        self.envelope = envelope
        self._subjects = subjects
        self._html = html
        self._text = text
        self._variant = variant
        # Of a text that asks for nothing the only slot is the token.
        self.variables = (names_in([*html, *text, *subjects["a"], *subjects["b"]])) - {TOKEN.name}
        self._draft = _Draft(envelope, html, text)
        self._still = {
            key: b"Subject: " + header_text(one_line(_joined(pieces)), used=9).encode()
            for key, pieces in subjects.items()
            if not names_in(pieces)
        }

    def html(self, recipient: Recipient) -> str:
        """Return the HTML part."""
        return "".join(piece if isinstance(piece, str) else escape(_value(piece, recipient)) for piece in self._html)

    def text(self, recipient: Recipient) -> str:
        """Return the plain text part."""
        return "".join(piece if isinstance(piece, str) else _value(piece, recipient) for piece in self._text)

    def subject(self, recipient: Recipient) -> str:
        """Return the subject, in one line: the one of the recipient's variant, or of the winner."""
        pieces = self._subjects[recipient.variant or self._variant]
        return one_line("".join(piece if isinstance(piece, str) else _value(piece, recipient) for piece in pieces))

    def mail(self, recipient: Recipient) -> bytes:
        """Return the whole message in ASCII with CRLF, and no line that begins with a full stop.

        Raises rules.wire.BadAddress for an address that no mail can be written to.
        """
        variant = recipient.variant or self._variant
        subject = self._still.get(variant)
        if subject is None:
            subject = b"Subject: " + header_text(self.subject(recipient), used=9).encode()
        to = b"To: " + header_mailbox(one_line(recipient.name), recipient.address, used=4).encode()
        return self._draft.filled(recipient, to, subject)

    def message(self, recipient: Recipient) -> EmailMultiAlternatives:
        """Return the same mail as Django's message, for providers that are not reached by SMTP."""
        headers = {"Message-ID": self.envelope.message_id(recipient.token), **self.envelope.listed(recipient.token)}
        message = EmailMultiAlternatives(
            self.subject(recipient),
            self.text(recipient),
            plain_mailbox(self.envelope.name, self.envelope.address),
            [plain_mailbox(one_line(recipient.name), recipient.address)],
            reply_to=[self.envelope.reply_to] if self.envelope.reply_to else None,
            headers=headers,
        )
        message.attach_alternative(self.html(recipient), "text/html")
        # Comes back with the provider's reports, whatever it makes of the Message-ID.
        message.metadata = {"delivery": recipient.token}  # type: ignore[attr-defined]
        return message


class _Draft:
    """The whole message in parts that only need to be put together."""

    def __init__(self, envelope: Envelope, html: list[Piece], text: list[Piece]) -> None:
        self._envelope = envelope
        boundary = f"=_{secrets.token_hex(16)}".encode()
        self._tokens: list[int] = []
        self._texts: list[tuple[int, Slot]] = []
        self._htmls: list[tuple[int, Slot]] = []
        # The first three: to whom, about what, when and under which name. The fourth begins what is the same for all.
        self._parts: list[bytes] = [b"", b"", b"", b""]
        self._ends_literal = True
        self._headers(envelope, boundary)
        self._body(boundary, b"text/plain", text, self._texts)
        self._body(boundary, b"text/html", html, self._htmls)
        self._parts.append(b"--" + boundary + b"--" + CRLF)
        self._slots = {slot for _, slot in (*self._texts, *self._htmls)}

    def filled(self, recipient: Recipient, to: bytes, subject: bytes) -> bytes:
        """Return the message to this recipient."""
        parts = self._parts.copy()
        message_id = b"Message-ID: " + self._envelope.message_id(recipient.token).encode("ascii") + CRLF
        parts[0], parts[1], parts[2] = to + CRLF, subject + CRLF, _date() + message_id
        token = recipient.token.encode("ascii")
        for at in self._tokens:
            parts[at] = token
        if self._slots:
            values = {slot: _encoded(_value(slot, recipient)) for slot in self._slots}
            for at, slot in self._texts:
                parts[at] = values[slot][0]
            for at, slot in self._htmls:
                parts[at] = values[slot][1]
        return b"".join(parts)

    def _headers(self, envelope: Envelope, boundary: bytes) -> None:
        for name, value in envelope.lines():
            self._add(f"{name}: ".encode())
            for piece in value:
                self._add(piece.encode() if isinstance(piece, str) else piece)
            self._add(CRLF)
        self._add(b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n')

    def _body(self, boundary: bytes, content_type: bytes, pieces: list[Piece], slots: list[tuple[int, Slot]]) -> None:
        self._add(b"--" + boundary + CRLF + b"Content-Type: " + content_type + b'; charset="utf-8"' + CRLF)
        self._add(b"Content-Transfer-Encoding: quoted-printable" + CRLF + CRLF)
        is_fresh = True
        for piece in pieces:
            if isinstance(piece, str):
                encoded = quoted(piece.encode())
                self._add(encoded)
                is_fresh = encoded.endswith(CRLF)
                continue
            if not is_fresh:
                self._add(SOFT_BREAK)
            self._add(piece, slots)
            self._add(SOFT_BREAK)
            is_fresh = True
        self._add(CRLF)

    def _add(self, part: bytes | Slot, slots: list[tuple[int, Slot]] | None = None) -> None:
        if isinstance(part, bytes):
            if self._ends_literal:
                self._parts[-1] += part
            else:
                self._parts.append(part)
            self._ends_literal = True
            return
        self._ends_literal = False
        at = len(self._parts)
        self._parts.append(b"")
        if part == TOKEN:
            self._tokens.append(at)
        elif slots is not None:
            slots.append((at, part))


def edition_of(issue: Issue, *, variant: str = "", for_archive: bool = False, counts: bool = True) -> Edition:
    """Return the issue as it stands now, drawn; keep it for as long as `edition_key` stays the same.

    `variant` is the subject for who has none of their own; without it the winner's, or the first one. Links and
    openings are counted as the issue was frozen to, unless `counts` is off, as it is for whoever only looks; its links
    are stored before (rendering.tracking.store_links).
    """
    house, company = NewsletterSettings.current(), CompanySettings.current()
    parts = list(issue.blocks.order_by("position"))
    is_counted = counts and not for_archive and issue.tracking not in ("", NewsletterSettings.Tracking.OFF)
    ground = _ground(issue, is_counted=is_counted)
    envelope = envelope_of(issue, house, company.name)
    foot = Foot(one_line(company.name), one_line(issue.topic.name), house.postal_address, for_archive)
    subjects = {key: parse(one_line(words), variables.names()) for key, words in _subjects(issue).items()}
    html_sheet, text_sheet = HtmlSheet(**ground), TextSheet(**ground)
    html = _html(issue, parts, html_sheet, foot, has_pixel=is_counted)
    text = _text(issue, parts, text_sheet, foot)
    return Edition(envelope, subjects, html, text, variant or issue.winner or "a")


def edition_key(issue: Issue) -> tuple[object, ...]:
    """Return what an edition may be kept by: it changes whenever what recipients get does; two queries.

    The house's part is in it, so that all senders change together when a sender or an address is set right meanwhile.
    """
    house = NewsletterSettings.current()
    ours = (house.sender_name, house.sender_address, house.reply_to, house.postal_address)
    names = (issue.topic.name, CompanySettings.current().name)
    return issue.pk, issue.version, issue.winner, issue.tracking, *ours, *names


def _subjects(issue: Issue) -> dict[str, str]:
    return {"a": issue.subject, "b": issue.subject_b or issue.subject}


def _ground(issue: Issue, *, is_counted: bool) -> dict[str, Any]:
    pictures = Picture.objects.filter(issue=issue).defer("data")
    links = Link.objects.filter(issue=issue).values_list("url", "pk") if is_counted else ()
    return {
        "known": variables.names(),
        "pictures": {picture.uid: picture for picture in pictures},
        "links": dict(links),
        "direction": direction_of(issue.language),
        "phrases": phrases_in(issue.language),
    }


def _html(issue: Issue, parts: list[Block], sheet: HtmlSheet, foot: Foot, *, has_pixel: bool) -> list[Piece]:
    drawn = [blocks.kind_of(block.kind).mjml(block.data, sheet) for block in parts]
    pixel = sheet.hold(f"{settings.PUBLIC_URL}/n/", TOKEN, "/seen.gif") if has_pixel else ""
    layout = render_to_string(
        "newsletters/mail/layout.mjml",
        {
            "language": language_tag(issue.language),
            "direction": sheet.direction,
            "start": "right" if sheet.direction == "rtl" else "left",
            "title": sheet.words(issue.subject),
            "preheader": sheet.words(issue.preheader) if issue.preheader.strip() else "",
            "company": sheet.literal(foot.company),
            "heading": sheet.literal(foot.topic),
            "blocks": [block for block in drawn if block.strip()],
            "footer": foot.html(sheet),
            "pixel": pixel,
            "palette": palette,
        },
    )
    # Without fonts of its own: left alone it would load those that it knows the names of from another host.
    return [*sheet.cut(mjml2html(layout, fonts={})), "\n"]


def _text(issue: Issue, parts: list[Block], sheet: TextSheet, foot: Foot) -> list[Piece]:
    drawn = [blocks.kind_of(block.kind).text(block.data, sheet) for block in parts]
    head = sheet.literal(f"{foot.topic} – {foot.company}")
    return sheet.cut("\n\n".join(part for part in (head, *drawn, foot.text(sheet)) if part.strip()) + "\n")


def _value(slot: Slot, recipient: Recipient) -> str:
    if slot == TOKEN:
        return recipient.token
    value = recipient.values.get(slot.name)
    return (one_line(value) if value else "") or slot.fallback


def _encoded(value: str) -> tuple[bytes, bytes]:
    """Return the value in quoted-printable for the text and for the HTML."""
    if is_plain(value):
        plain = value.encode("ascii")
        return plain, plain
    return quoted_value(value), quoted_value(escape(value))


_clock: tuple[int, bytes] = (0, b"")


def _date() -> bytes:
    """Return the Date header with its line end, written once a second."""
    global _clock
    now = int(time.time())
    if _clock[0] != now:
        _clock = now, f"Date: {formatdate(now)[:-5]}+0000\r\n".encode()
    return _clock[1]


def _joined(pieces: list[Piece]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))
