"""Watch the processes of `make run`: all of them live, or none does."""

import contextlib
import os
import shlex
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from honcho import manager

from cs_platform.launch.processes import Process

# A worker in the middle of a task gets this long to finish it; what is cut off is done again.
manager.KILL_WAIT = 10


class Supervisor(manager.Manager):
    """Honcho's manager, which also knows who fell first and does not wait for the deaf for ever."""

    def __init__(self, processes: list[Process], environment: dict[str, str], folder: Path) -> None:
        super().__init__()
        self.fallen: list[str] = []
        self.over = threading.Event()
        self._when_started: Callable[[], None] | None = None
        for process in processes:
            self.add_process(process.name, f"exec {shlex.join(process.command)}", env=environment, cwd=str(folder))

    def watch(self, when_started: Callable[[], None]) -> int:
        """Run until a signal or a death ends all and return the exit code: 130 or 143 after a signal, else 1.

        `when_started` runs beside, in a thread of its own, once all processes are started.
        """
        self._when_started = when_started
        self.loop()
        self.over.set()
        for process in self._processes.values():
            process["process"].join()
        return 1 if self.fallen else int(self.returncode or 1)

    def terminate(self) -> None:
        """Ask every process to end, and make them after a while."""
        if not self._terminating:
            self.over.set()
            self.fallen = [name for name, process in self._processes.items() if "returncode" in process]
            deadline = threading.Timer(manager.KILL_WAIT, self.kill)
            deadline.daemon = True
            deadline.start()
        super().terminate()

    def _start(self) -> None:
        super()._start()
        # Not before: a fork of a process with threads is asking for a deadlock.
        threading.Thread(target=self._when_started, daemon=True).start()

    def _killall(self, force: bool = False) -> None:
        for process in self._processes.values():
            if "returncode" in process or process.get("pid") is None:
                continue
            if force:
                self._procmgr.kill(process["pid"])
            else:
                # Only the first of the group: it lets its children finish what they do.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process["pid"], signal.SIGTERM)
