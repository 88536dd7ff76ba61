"""End what a killed `make run` left behind."""

import signal
from pathlib import Path

import psutil

from cs_platform.launch import preflight

PATIENCE_SECONDS = 5


def end_leftovers(folder: Path) -> bool:
    """End the processes of an earlier run of the data folder, and tell whether there were any."""
    processes = []
    for number in preflight.leftovers(folder):
        try:
            processes.append(psutil.Process(number))
        except psutil.NoSuchProcess:
            continue
    waiting = processes
    for how in (signal.SIGTERM, signal.SIGKILL):
        for process in waiting:
            try:
                process.send_signal(how)
            except psutil.NoSuchProcess:
                continue
        _, waiting = psutil.wait_procs(waiting, PATIENCE_SECONDS)
    return bool(processes)
