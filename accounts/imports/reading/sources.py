"""Where a file comes from: the database, where web and worker share it, or a disk."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from accounts.imports.reading.errors import Refused
from core import files
from core.models import StoredFile

IN_MEMORY = 8 * 1024 * 1024


@contextmanager
def seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """Give a copy in which one can go back and forth: in memory while it is small, else in a temporary file."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as copy:
        shutil.copyfileobj(file, copy, 256 * 1024)
        copy.seek(0)
        yield cast(BinaryIO, copy)


class Source(Protocol):
    """A file that can be opened again and again."""

    @property
    def name(self) -> str:
        """Return the file's name."""
        ...

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        ...

    def open(self) -> BinaryIO:
        """Return a reader at the file's beginning."""
        ...


@dataclass(frozen=True)
class StoredSource:
    """A file kept in the database."""

    stored: StoredFile

    @property
    def name(self) -> str:
        """Return the name under which the file was uploaded."""
        return self.stored.name

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return self.stored.size

    def open(self) -> BinaryIO:
        """Return a reader that holds one piece in memory at a time."""
        return cast(BinaryIO, files.open_binary(self.stored))


@dataclass(frozen=True)
class PathSource:
    """A file on a disk."""

    path: Path

    @property
    def name(self) -> str:
        """Return the file's name without its folders."""
        return self.path.name

    @property
    def size(self) -> int:
        """Return the size in bytes; raise Refused where there is no such file."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise Refused(f"{self.path} cannot be read: {error.strerror}.") from error

    def open(self) -> BinaryIO:
        """Return a reader; raise Refused for a missing, unreadable or strange file."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise Refused(f"{self.path} cannot be read: {error.strerror}.") from error
