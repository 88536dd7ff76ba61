"""Where the private servers keep what they keep."""

import hashlib
import os
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cs_platform.embedded.errors import EmbeddedServerError

MARKER = ".cs-platform-data"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero byte included.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class DataFolder:
    """Name the places of one data folder."""

    root: Path

    @property
    def pgdata(self) -> Path:
        """Return PostgreSQL's folder."""
        return self.root / "postgres"

    @property
    def postgres_log(self) -> Path:
        """Return the folder of PostgreSQL's log, kept outside its data so that a failed first start can be read."""
        return self.root / "postgres-log"

    @property
    def valkey(self) -> Path:
        """Return Valkey's folder."""
        return self.root / "valkey"

    @property
    def locks(self) -> Path:
        """Return the folder of the files that processes lock."""
        return self.root / "locks"

    @cached_property
    def postgres_sockets(self) -> Path:
        """Return the folder of PostgreSQL's socket: in the data folder, or a short path where that is too deep."""
        return self._sockets("postgres")

    @cached_property
    def valkey_socket(self) -> Path:
        """Return the path of Valkey's socket."""
        return self._sockets("valkey") / "valkey.sock"

    def _sockets(self, server: str) -> Path:
        inside = self.root / "sockets" / server
        if len(os.fsencode(inside)) + 1 + len(LONGEST_SOCKET_NAME) <= LONGEST_SOCKET_PATH:
            return inside
        # Not tempfile.gettempdir(): processes with another TMPDIR have to meet at the same place.
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path("/tmp") / f"cs-platform-{name}-{server}"  # noqa: S108 - make_private() refuses what others put there

    def prepare(self) -> None:
        """Make the folder and mark it as ours; raise EmbeddedServerError for a folder with other people's files."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            marker = self.root / MARKER
            if not marker.exists():
                if any(self.root.iterdir()):
                    raise EmbeddedServerError(
                        f"The data folder {self.root} holds files that are not this product's. "
                        "Set DATA_DIR to an empty or a new folder."
                    )
                marker.write_text("Made by CS Platform; `make reset` removes this folder.\n")
            self.locks.mkdir(exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(f"The data folder {self.root} can't be used: {error.strerror}.") from error

    def is_ours(self) -> bool:
        """Tell whether the folder was made by prepare()."""
        return (self.root / MARKER).is_file()


def make_private(folder: Path, uid: int, gid: int) -> None:
    """Make a folder only its owner can enter; raise EmbeddedServerError where somebody else's stands in its place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
        raise EmbeddedServerError(f"{folder} belongs to somebody else; remove it or set DATA_DIR to another folder.")
    if (found.st_uid, found.st_gid) != (uid, gid):
        os.chown(folder, uid, gid)
    folder.chmod(0o700)
