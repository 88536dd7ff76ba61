"""Run whole programs in tests: start them, wait for what they do, end them by their number."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from cs_platform.embedded.ending import is_alive

PRODUCT = Path(__file__).resolve().parent.parent
# For a machine that does much else besides; nothing is judged by how long it takes.
PATIENCE_SECONDS = 180
PAUSE_SECONDS = 0.05
# What a person who runs the tests may have set must not reach the programs under test.
NOT_INHERITED = {
    *("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DATA_DIR", "PORT", "DEBUG", "DJANGO_SETTINGS_MODULE"),
    *("EMAIL_PROVIDER", "ANYMAIL_WEBHOOK_SECRET", "NEWSLETTER_SENDERS"),
    # The browser tests of the same process set it for themselves.
    "DJANGO_ALLOW_ASYNC_UNSAFE",
}

Found = TypeVar("Found")


def environment(**changes: str | Path) -> dict[str, str]:
    """Return this process's environment without settings of the product, and with the changes."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    kept = {name: value for name, value in kept.items() if not name.startswith("PYTEST_")}
    return kept | {name: str(value) for name, value in changes.items()}


def run_python(
    *arguments: str, env: Mapping[str, str], cwd: Path = PRODUCT, timeout: float = PATIENCE_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run Python to its end and return what it said."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=dict(env), cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout)


@contextlib.contextmanager
def started(
    command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path = PRODUCT
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program, its output in the log, and end it and its children afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        end_tree(process)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a program politely, then it and all its children by force."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def wait_until(
    found: Callable[[], Found], what: str, seconds: float = PATIENCE_SECONDS, log: Path | None = None
) -> Found:
    """Return the first true answer; fail with the log's end when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-4000:] if log else ""
            raise AssertionError(f"waited {seconds} s in vain for {what}\n{said}")
        time.sleep(PAUSE_SECONDS)
    return answer


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return every live process whose command or environment names the data folder, but not ourselves."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), *process.environ().values()]
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words) and is_alive(process):
            found.append(process)
    return found


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
