"""End what a killed `make run` left behind."""

from pathlib import Path
from signal import Signals

import psutil

from cs_platform.embedded.ending import end
from cs_platform.launch import preflight

ENDING = ((Signals.SIGTERM, 5), (Signals.SIGKILL, 5))


def end_leftovers(folder: Path) -> bool:
    """End the processes of an earlier run of the data folder, and tell whether there were any."""
    processes = []
    for number in preflight.leftovers(folder):
        try:
            processes.append(psutil.Process(number))
        except psutil.NoSuchProcess:
            continue
    end(processes, ENDING)
    return bool(processes)
