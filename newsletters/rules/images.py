"""What kind of picture a file is, by its own first bytes: what it is called says nothing.

Read are PNG, JPEG, GIF and WebP. SVG is a program in a picture's clothes and is refused like any other file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS_WIDE = 4000

CONTENT_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
# The frames of JPEG that say how large the picture is: all of C0 to CF but three that say something else.
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = 0xDA
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


class BadImage(ValueError):
    """The file is no picture that a mail can show; its words say why."""


class Readable(Protocol):
    """An uploaded file."""

    def read(self, num_bytes: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Image:
    """A picture with what its header says of it; width and height in pixels."""

    content_type: str
    width: int
    height: int
    data: bytes


def read_image(file: Readable) -> Image:
    """Return the picture; raise BadImage for anything else, for what is too large, and for what is cut off."""
    data = file.read(MOST_BYTES + 1)
    if not data:
        raise BadImage("The file is empty.")
    if len(data) > MOST_BYTES:
        raise BadImage("The picture is larger than 2 MB. Make it smaller and upload it again.")
    try:
        content_type, width, height = _kind_and_size(data)
    except (struct.error, IndexError) as error:
        raise BadImage("The file ends too early: it was not copied whole.") from error
    if not 0 < width <= MOST_PIXELS_WIDE or not 0 < height <= MOST_PIXELS_WIDE:
        raise BadImage(f"A picture has at most {MOST_PIXELS_WIDE} pixels each way; this one has {width} × {height}.")
    return Image(content_type, width, height, data)


def _kind_and_size(data: bytes) -> tuple[str, int, int]:
    if data.startswith(PNG_BEGINS):
        return "image/png", *_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", *_jpeg(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif", *_gif(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", *_webp(data)
    raise BadImage("This is no PNG, JPEG, GIF or WebP picture.")


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise BadImage("The PNG picture is damaged.")
    if b"IEND" not in data[33:]:
        raise BadImage("The file ends too early: it was not copied whole.")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    if b"\x3b" not in data[-16:]:
        raise BadImage("The file ends too early: it was not copied whole.")
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    size: tuple[int, int] | None = None
    for marker, at in _jpeg_segments(data):
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = width, height
        elif marker == _JPEG_SCAN and size is not None:
            # Telephones write more behind the end; a preview among the segments before has an end of its own.
            if data.find(b"\xff\xd9", at) < 0:
                raise BadImage("The file ends too early: it was not copied whole.")
            return size
    raise BadImage("The JPEG picture is damaged.")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each segment's marker and where its length stands, up to the picture itself."""
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            raise BadImage("The JPEG picture is damaged.")
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker in _JPEG_WITHOUT_LENGTH:
            continue
        yield marker, at
        if marker == _JPEG_SCAN:
            return
        length = struct.unpack_from(">H", data, at)[0]
        if length < 2:
            raise BadImage("The JPEG picture is damaged.")
        at += length


def _webp(data: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise BadImage("The file ends too early: it was not copied whole.")
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        return width, int.from_bytes(data[27:30], "little") + 1
    raise BadImage("The WebP picture is damaged.")
