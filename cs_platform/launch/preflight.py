"""Find out whether `make run` can succeed before it does anything long.

Run as a file by whatever Python there is, before the packages are installed: so it imports the standard library alone.
"""

import errno
import fcntl
import os
import shutil
import socket
import sys
from pathlib import Path

PRODUCT = Path(__file__).resolve().parent.parent.parent
# The children of `make run` carry this variable with their data folder, so that what a killed run left can be told.
MARK = "CS_PLATFORM_RUN"
HOST = "127.0.0.1"
MEGABYTE = 1_000_000
# The virtual environment with PostgreSQL, Valkey and Node.js takes 900 MB, a first database and logs 300 MB.
FREE_TO_INSTALL = 1500 * MEGABYTE
FREE_TO_RUN = 500 * MEGABYTE
MOST_SENDERS = 64


class CannotStart(Exception):
    """Say in a sentence why the product can't start and what to do about it."""


def check() -> None:
    """Raise CannotStart for whatever would stop a start later."""
    folder = data_folder()
    check_not_running(folder)
    check_disk(folder)
    port = wanted_port()
    wanted_senders()
    if not leftovers(folder):
        check_port(port)


def data_folder() -> Path:
    """Return the data folder: DATA_DIR, or .data in the checkout."""
    return Path(os.environ.get("DATA_DIR") or PRODUCT / ".data").expanduser().resolve()


def wanted_port() -> int:
    """Return the port to serve at; raise CannotStart for a number that is none."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"PORT={text} is no port number. Choose one, for example: make run PORT=8001")
    return int(text)


def wanted_senders() -> int:
    """Return how many processes send newsletters; raise CannotStart for a number that is none."""
    text = os.environ.get("NEWSLETTER_SENDERS") or "2"
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SENDERS:
        raise CannotStart(f"NEWSLETTER_SENDERS={text} is no number of processes. Choose one from 1 to {MOST_SENDERS}.")
    return int(text)


def check_port(port: int) -> None:
    """Raise CannotStart where somebody else serves at the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = "is not allowed for you" if error.errno == errno.EACCES else "is taken by another program"
            raise CannotStart(f"Port {port} {why}. Choose another one: make run PORT={_other_port(port)}") from error


def check_disk(folder: Path) -> None:
    """Raise CannotStart where the disk is too full to begin."""
    installed = (PRODUCT / ".venv" / ".stamp").exists()
    for place, needed in ((PRODUCT, 0 if installed else FREE_TO_INSTALL), (folder, FREE_TO_RUN)):
        there = next(path for path in (place, *place.parents) if path.exists())
        free = shutil.disk_usage(there).free
        if free < needed:
            raise CannotStart(
                f"The disk of {place} is almost full: {free // MEGABYTE} MB are free, "
                f"{needed // MEGABYTE} MB are needed. Make room and run it again."
            )


def check_not_running(folder: Path) -> None:
    """Raise CannotStart where another `make run` uses the data folder."""
    address = running_address(folder)
    if address is not None:
        raise CannotStart(
            f"CS Platform runs already from {PRODUCT.name} ({address}). Use that one, or stop it with Ctrl-C first."
        )


def running_address(folder: Path) -> str | None:
    """Return where `make run` serves the data folder now, or None where it does not run."""
    try:
        with run_file(folder).open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN) and run_file(folder).exists():
            return run_file(folder).read_text().strip() or "starting"
        raise CannotStart(f"{run_file(folder)} can't be opened: {error.strerror}.") from error
    return None


def run_file(folder: Path) -> Path:
    """Return the file that a running launcher holds a lock on and writes its address to."""
    return folder / "locks" / "run"


def leftovers(folder: Path) -> list[int]:
    """Return the numbers of the processes that an earlier, killed `make run` of the data folder left behind."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return [number for number in found if number != os.getpid()]


def _other_port(port: int) -> int:
    """Return a free port near the one that is taken."""
    for other in range(max(port, 1024) + 1, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, other))
            except OSError:
                continue
            return other
    return 8001


if __name__ == "__main__":
    try:
        check()
    except CannotStart as error:
        sys.exit(str(error))
