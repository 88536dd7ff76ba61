"""Stored files: write from an iterable of bytes, read as a stream."""

import hashlib
import io
from collections.abc import Iterable, Iterator

from django.db import transaction

from core.models import StoredFile, StoredFileChunk

CHUNK_BYTES = 1024 * 1024


def store(name: str, content_type: str, pieces: Iterable[bytes]) -> StoredFile:
    """Return the file that now holds `pieces`, cut into rows of at most one mebibyte."""
    digest = hashlib.sha256()
    size = 0
    with transaction.atomic():
        stored = StoredFile.objects.create(name=name[:255], content_type=content_type)
        for number, data in enumerate(_even(pieces)):
            digest.update(data)
            size += len(data)
            StoredFileChunk.objects.create(file=stored, number=number, data=data)
        stored.size, stored.sha256 = size, digest.hexdigest()
        stored.save(update_fields=["size", "sha256"])
    return stored


def pieces(stored: StoredFile) -> Iterator[bytes]:
    """Yield the file's bytes, one row in memory at a time."""
    number = 0
    while True:
        row = StoredFileChunk.objects.filter(file=stored, number=number).values_list("data", flat=True).first()
        if row is None:
            return
        yield bytes(row)
        number += 1


def open_binary(stored: StoredFile) -> io.BufferedReader:
    """Return a buffered reader over the file that holds one row in memory at a time."""
    return io.BufferedReader(_ChunkReader(stored), buffer_size=64 * 1024)


def _even(source: Iterable[bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    for piece in source:
        buffer += piece
        while len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer[:CHUNK_BYTES])
            del buffer[:CHUNK_BYTES]
    if buffer:
        yield bytes(buffer)


class _ChunkReader(io.RawIOBase):
    def __init__(self, stored: StoredFile) -> None:
        self._source = pieces(stored)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target) -> int:  # type: ignore[no-untyped-def]
        if not self._rest:
            self._rest = next(self._source, b"")
        taken = self._rest[: len(target)]
        target[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
