"""End processes that are not our children, first politely and then by force."""

import time
from collections.abc import Sequence
from signal import Signals

import psutil

PAUSE_SECONDS = 0.02


def end(processes: Sequence[psutil.Process], steps: Sequence[tuple[Signals, float]]) -> None:
    """Send each step's signal to those that still live and wait so many seconds for them, until none is left."""
    living = list(processes)
    for number, seconds in steps:
        for process in living:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + seconds
        while (living := [process for process in living if is_alive(process)]) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that only waits to be noticed by its parent does not.

    In a container without an init process nobody ever notices it.
    """
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
