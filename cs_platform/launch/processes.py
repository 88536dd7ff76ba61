"""The processes of `make run`, and what they are told by their environment."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from cs_platform.launch.preflight import HOST, MARK, wanted_senders

WEB_WORKERS = 2
WEB_THREADS = 4
TASK_PROCESSES = 2
# Less than the supervisor waits before it kills.
GRACEFUL_SECONDS = 5


@dataclass(frozen=True)
class Process:
    """A name for the log and the command behind it."""

    name: str
    command: list[str]


def product_processes(folder: Path, port: int, smtp_port: int | None) -> list[Process]:
    """Return the web server, both workers, beat and, where a port is given for it, the mail catcher."""
    python, senders = sys.executable, str(wanted_senders())
    celery = [python, "-m", "celery", "--quiet", "--app", "cs_platform"]
    processes = [
        Process("web", web_command(port)),
        Process(
            "worker", [*celery, "worker", "--concurrency", str(TASK_PROCESSES), "--hostname", "worker@cs-platform"]
        ),
        # Newsletters go out beside everything else, which must not wait for them.
        Process(
            "bulk",
            [*celery, "worker", "--queues", "bulk", "--concurrency", senders, "--hostname", "bulk@cs-platform"],
        ),
        Process("beat", [*celery, "beat", "--schedule", str(folder / "celerybeat-schedule"), "--pidfile", ""]),
    ]
    if smtp_port is not None:
        command = [python, "-m", "cs_platform.launch.mail_server", str(smtp_port), str(mail_folder(folder))]
        processes.append(Process("mail", command))
    return processes


def web_command(port: int) -> list[str]:
    """Return the web server's command."""
    return [
        *(sys.executable, "-m", "gunicorn", "cs_platform.wsgi:application"),
        *("--bind", f"{HOST}:{port}", "--worker-class", "gthread"),
        *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", str(GRACEFUL_SECONDS), "--log-level", "warning"),
    ]


def catches_mail() -> bool:
    """Tell whether mail is to be caught here: it is where nobody said how to send it."""
    return not (os.environ.get("EMAIL_URL") or os.environ.get("EMAIL_PROVIDER"))


def environment(folder: Path, port: int, smtp_port: int | None) -> dict[str, str]:
    """Return the environment of all of them: ours, in local settings, with debugging off."""
    told = {
        "DJANGO_SETTINGS_MODULE": "cs_platform.settings.local",
        "DEBUG": os.environ.get("DEBUG", "0"),
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # Celery warns root of pickled tasks, of which there are none.
        "C_FORCE_ROOT": "1",
        MARK: str(folder),
    }
    if smtp_port is not None:
        told["EMAIL_URL"] = f"smtp://{HOST}:{smtp_port}"
    return {**os.environ, **told}


def mail_folder(folder: Path) -> Path:
    """Return where the mail catcher keeps its messages."""
    return folder / "mail"


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
