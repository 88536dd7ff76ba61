"""Real processes that do something at the same moment, each with its own connection to the test database."""

import multiprocessing
import os
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from core.errors import ProductError

PATIENCE_SECONDS = 60
_fork = multiprocessing.get_context("fork")


class Together:
    """A meeting point inside the processes: `wait` returns in all of them when the last one has come."""

    def __init__(self, parties: int) -> None:
        self._barrier = _fork.Barrier(parties)

    def wait(self) -> None:
        """Wait for the others; raise BrokenBarrierError where one never comes."""
        self._barrier.wait(PATIENCE_SECONDS)


def run_at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what each job returned, all started at one moment in processes of their own.

    A refusal of the product comes back as its code ("over_limit"), any other error fails the test.
    """
    # The processes must not share the parent's connection.
    connections.close_all()
    start = Together(len(jobs))
    pipes = [_fork.Pipe(duplex=False) for _ in jobs]
    processes = [
        _fork.Process(target=_run, args=(job, start, send)) for job, (_, send) in zip(jobs, pipes, strict=True)
    ]
    for process in processes:
        process.start()
    answers = []
    for process, (receive, send) in zip(processes, pipes, strict=True):
        send.close()
        answers.append(receive.recv() if receive.poll(PATIENCE_SECONDS) else ("error", "no answer"))
        process.join(PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
    broken = [text for kind, text in answers if kind == "error"]
    assert not broken, "\n".join(broken)
    return [answer for _, answer in answers]


def run_until_killed(job: Callable[[], Any]) -> int:
    """Return the exit code of a process that runs the job and is expected to die in it, by `die`."""
    connections.close_all()
    process = _fork.Process(target=_run_alone, args=(job,))
    process.start()
    process.join(PATIENCE_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def die(*_: Any, **__: Any) -> None:
    """End the process at once, as a kill does: nothing is committed, nothing is tidied."""
    os._exit(9)


def _forget_connections() -> None:
    """Let this process open connections of its own: an inherited one is its parent's and all its siblings'.

    Closing them in the parent is not enough: while a browser runs there, the parent's own are kept elsewhere.
    """
    for inherited in connections.all(initialized_only=True):
        inherited.connection = None


def _run_alone(job: Callable[[], Any]) -> None:
    _forget_connections()
    job()


def _run(job: Callable[[], Any], start: Together, send: Any) -> None:
    _forget_connections()
    try:
        start.wait()
        answer = ("value", job())
    except ProductError as refusal:
        answer = ("value", refusal.code)
    except BaseException:  # noqa: BLE001  whatever it was, the parent's test fails with it
        answer = ("error", traceback.format_exc())
    send.send(answer)
    send.close()
    connections.close_all()
