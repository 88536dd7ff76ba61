"""Mail as it goes over the wire: quoted-printable (RFC 2045), words of headers (RFC 2047) and addresses (RFC 5322).

All of it gives ASCII in lines of at most 76 letters, none of which begins with a full stop, so that nothing is left to
do for whoever hands it over.
"""

import binascii
import re
import textwrap

CRLF = b"\r\n"
SOFT_BREAK = b"=\r\n"
# RFC 2045: 76 letters a line, the sign of a soft break among them.
MOST_QUOTED_LETTERS = 75
# RFC 2047: an encoded word has at most 75 letters; 12 are its frame, the rest holds 45 bytes in base64.
MOST_WORD_BYTES = 45
WORD_FRAME = len("=?utf-8?b??=")
# RFC 2047 too: of a line that has an encoded word; RFC 5322 asks for 78 of any other.
MOST_HEADER_LETTERS = 76
FOLD = "\r\n "

_QUOTED = [b"=%02X" % byte for byte in range(256)]
for _byte in (9, 32, *range(33, 61), *range(62, 127)):
    _QUOTED[_byte] = bytes([_byte])
# Reads alike as it is, in quoted-printable and in HTML.
_AS_IT_IS = re.compile(r"(?!From )[A-Za-z0-9 _,:/?()#%@!+-][A-Za-z0-9 _,:/?()#%@!+.-]{0,72}")
_ATOM_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.,:;@()<>\[\]\\\"-]{1,60}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|\"[ !#-\[\]-~]+\")@[A-Za-z0-9.-]+")


_AS_THEY_ARE = re.compile(r"[ !-<>-~]*")
# A full stop that begins a line would be doubled on its way, and some boxes put ">" before "From ".
_NEVER_FIRST = (b".", b"From ")
SHORT_BYTES = 60


class BadAddress(ValueError):
    """No mail can be written to this address."""


def quoted(data: bytes) -> bytes:
    """Return the bytes in quoted-printable with their line ends as CRLF; it begins at the beginning of a line."""
    return CRLF.join(_quoted_line(line) for line in data.split(b"\n"))


def quoted_value(text: str) -> bytes:
    """Return one line of text in quoted-printable, to stand between soft breaks."""
    data = text.encode()
    if len(data) <= SHORT_BYTES:
        # The standard library is quick, but breaks lines where it likes and lets one begin with a full stop.
        encoded = binascii.b2a_qp(data)
        if not encoded.startswith(_NEVER_FIRST) and b"\n" not in encoded:
            return encoded
    elif _AS_THEY_ARE.fullmatch(text):
        lines = [data[at : at + MOST_QUOTED_LETTERS] for at in range(0, len(data), MOST_QUOTED_LETTERS)]
        if not any(line.startswith(_NEVER_FIRST) for line in lines):
            return SOFT_BREAK.join(lines)
    return _quoted_line(data, ends_line=False)


def is_plain(text: str) -> bool:
    """Tell whether the text reads alike as it is, in quoted-printable and in HTML."""
    return _AS_IT_IS.fullmatch(text) is not None


def _quoted_line(line: bytes, *, ends_line: bool = True) -> bytes:
    lines: list[bytes] = []
    start, size = 0, 0
    signs = [_QUOTED[byte] for byte in line]
    if ends_line and line[-1:] in (b" ", b"\t"):
        signs[-1] = b"=%02X" % line[-1]
    for at, sign in enumerate(signs):
        if size + len(sign) > MOST_QUOTED_LETTERS:
            lines.append(b"".join(signs[start:at]))
            start, size = at, 0
        if size == 0 and line.startswith(_NEVER_FIRST, at):
            sign = signs[at] = b"=%02X" % line[at]
        size += len(sign)
    lines.append(b"".join(signs[start:]))
    return SOFT_BREAK.join(lines)


def header_text(text: str, *, used: int) -> str:
    """Return one line of text as the value of a header whose name takes `used` letters, folded where it is long."""
    if text.isascii() and "=?" not in text:
        if len(text) + used <= MOST_HEADER_LETTERS:
            return text
        width = MOST_HEADER_LETTERS - used
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if max(map(len, lines)) <= width:
            return FOLD.join(lines)
    return FOLD.join(_words(text, used))


def header_phrase(name: str, *, used: int) -> str:
    """Return a name as it stands before an address in angle brackets."""
    if _ATOM_NAME.fullmatch(name) and "=?" not in name:
        return quoted_string(name)
    return FOLD.join(_words(name, used))


def quoted_string(name: str) -> str:
    """Return a name in double quotes, its own quotes and backslashes escaped."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def header_mailbox(name: str, address: str, *, used: int) -> str:
    """Return who somebody is in a header; raise BadAddress."""
    plain = ascii_address(address)
    if not name:
        return plain
    phrase = header_phrase(name, used=used)
    fits = len(phrase) + len(plain) + used + 3 <= MOST_HEADER_LETTERS
    return f"{phrase} <{plain}>" if fits else f"{phrase}{FOLD}<{plain}>"


def ascii_address(address: str) -> str:
    """Return the address with its domain in ASCII; raise BadAddress for what no server takes."""
    if not address.isascii():
        local, _, domain = address.rpartition("@")
        try:
            address = f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError as error:
            raise BadAddress(f"{address!r} is no address.") from error
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise BadAddress(f"{address!r} is no address.")
    return address


def is_address(address: str) -> bool:
    """Tell whether a mail can name the address: a form may take more for one than any server does."""
    try:
        ascii_address(address)
    except BadAddress:
        return False
    return True


def _words(text: str, used: int) -> list[str]:
    """Return the text in encoded words; none cuts a character, and the first leaves room for what is before it."""
    words, held = [], b""
    room = min((MOST_HEADER_LETTERS - used - WORD_FRAME) // 4 * 3, MOST_WORD_BYTES)
    whole = text.encode()
    if len(whole) <= room:
        return [_word(whole)]
    for sign in text:
        character = sign.encode()
        if len(held) + len(character) > room:
            words.append(held)
            held, room = b"", MOST_WORD_BYTES
        held += character
    words.append(held)
    return [_word(word) for word in words]


def _word(data: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(data, newline=False).decode()}?="
