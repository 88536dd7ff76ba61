"""Share the private servers of one data folder among the processes that use them.

Every user holds a shared lock on one file for as long as it lives; the kernel lets go of it however the process ends,
so nobody has to write down, or clean up, who is there. The keeper waits for the moment when nobody holds it and stops
the servers. A child made by fork holds its parent's lock too, which is what it should do.
"""

import contextlib
import fcntl
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cs_platform.embedded import postgres, valkey
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder

LEAVE_TRIES = 10
LEAVE_PAUSE_SECONDS = 0.05

_held: dict[Path, int] = {}
_guard = threading.Lock()


def use_postgres(folder: DataFolder) -> None:
    """Make PostgreSQL answer and keep it until this process ends; raise EmbeddedServerError if it can't be."""
    hold(folder)
    if postgres.is_answering(folder):
        return
    with locked(folder.locks / "start", fcntl.LOCK_EX):
        postgres.start(folder)


def use_valkey(folder: DataFolder) -> None:
    """Make Valkey answer and keep it until this process ends; raise EmbeddedServerError if it can't be."""
    hold(folder)
    if valkey.is_answering(folder):
        return
    with locked(folder.locks / "start", fcntl.LOCK_EX):
        valkey.start(folder)


def hold(folder: DataFolder) -> None:
    """Keep the servers that run, or will run, until this process ends; starts none of them."""
    with _guard:
        if folder.root in _held:
            return
        folder.prepare()
        _held[folder.root] = _lock(users_file(folder), fcntl.LOCK_SH)
        with contextlib.suppress(BlockingIOError):
            with locked(keeper_file(folder), fcntl.LOCK_EX | fcntl.LOCK_NB):
                pass
            _start_keeper(folder)


def leave(folder: DataFolder) -> bool:
    """Stop using the servers, stop them at once where nobody else uses them, and tell whether they were stopped."""
    with _guard:
        held = _held.pop(folder.root, None)
    if held is not None:
        os.close(held)
    # The keeper takes the lock that we let go of for an instant, so one refusal says little.
    for _ in range(LEAVE_TRIES):
        with alone(folder) as nobody_else:
            if nobody_else:
                stop_servers(folder)
                return True
        time.sleep(LEAVE_PAUSE_SECONDS)
    return False


def stop_servers(folder: DataFolder) -> None:
    """Stop both servers; only for who holds the users' lock alone."""
    valkey.stop(folder)
    postgres.stop(folder)


@contextlib.contextmanager
def alone(folder: DataFolder) -> Iterator[bool]:
    """Keep everybody out of the servers and give True; give False, and lock nothing, where somebody uses them."""
    try:
        users = _lock(users_file(folder), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        os.close(users)


@contextlib.contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """Hold a lock on a file; raise BlockingIOError where LOCK_NB is asked and somebody else holds it."""
    held = _lock(path, how)
    try:
        yield
    finally:
        os.close(held)


def users_file(folder: DataFolder) -> Path:
    """Return the file that every user of the servers holds a shared lock on."""
    return folder.locks / "users"


def keeper_file(folder: DataFolder) -> Path:
    """Return the file that the keeper holds a lock on."""
    return folder.locks / "keeper"


def _start_keeper(folder: DataFolder) -> None:
    """Start the keeper in a session of its own; a second one sees the first and leaves."""
    # posix_spawn and not Popen: the keeper outlives us, so there is nothing to wait for.
    product = Path(__file__).resolve().parent.parent.parent
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "cs_platform.embedded.keeper", str(folder.root)],
        {**os.environ, "PYTHONPATH": str(product)},
        file_actions=[(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)],
        setsid=True,
    )


def _lock(path: Path, how: int) -> int:
    """Return the open descriptor of a file locked in the way asked for."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedServerError(f"{path} can't be opened: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, how)
            # While we waited, `make reset` may have removed the file that we hold now.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
