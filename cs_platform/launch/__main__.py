"""Start the whole product on this machine and stop it again: `make run`."""

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

from cs_platform.embedded import sharing
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder
from cs_platform.launch import preflight, processes
from cs_platform.launch.leftovers import end_leftovers
from cs_platform.launch.preflight import HOST, PRODUCT, CannotStart
from cs_platform.launch.supervisor import Supervisor
from demo import logins

POLL_SECONDS = 0.3
WATCH_SECONDS = 2


def main() -> int:
    """Run the product and return the exit code; every refusal is one sentence."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    folder = DataFolder(preflight.data_folder())
    try:
        port = preflight.wanted_port()
        preflight.check_disk(folder.root)
        folder.prepare()
        with running(folder, port):
            return _run(folder, port)
    except (CannotStart, EmbeddedServerError) as error:
        return _refuse(str(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _refuse("The disk is full. Make room and run it again; what was begun is repaired then.")
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


@contextlib.contextmanager
def running(folder: DataFolder, port: int) -> Iterator[None]:
    """Be the only launcher of the folder; stop, at the end, what was started and nobody else uses."""
    # A lock of this process alone (lockf), which no child inherits: it is gone when we are, whoever lives on.
    with preflight.run_file(folder.root).open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            preflight.check_not_running(folder.root)
            raise CannotStart("Another `make run` is starting or stopping here; try again in a moment.") from None
        file.truncate(0)
        file.write(f"http://{HOST}:{port}")
        file.flush()
        try:
            if end_leftovers(folder.root):
                say("An earlier run was cut off; what it left running is stopped now.")
            preflight.check_port(port)
            yield
        finally:
            # A second Ctrl-C must not leave servers behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            end_leftovers(folder.root)
            if not sharing.leave(folder):
                say("The database goes on running: another command still uses it.")


def _run(folder: DataFolder, port: int) -> int:
    """Prepare the database, then run the processes until one falls or somebody stops them."""
    smtp_port = processes.free_port() if processes.catches_mail() else None
    environment = processes.environment(folder.root, port, smtp_port)
    start_servers(folder)
    say("Preparing the database (the first time takes a minute or two) ...")
    manage(environment, "migrate", "--noinput", "--verbosity", "0")
    load_sample(environment)
    supervisor = Supervisor(processes.product_processes(folder.root, port, smtp_port), environment, PRODUCT)
    code = supervisor.watch(lambda: stand_by(supervisor, folder, port, smtp_port))
    if supervisor.fallen:
        say(f"{' and '.join(supervisor.fallen)} ended by itself, so everything was stopped. The reason stands above.")
    else:
        say("Stopped. The data is kept; `make run` goes on with it.")
    return code


def start_servers(folder: DataFolder) -> None:
    """Start the private servers for which no address is given."""
    if not os.environ.get("DATABASE_URL"):
        say("Starting PostgreSQL ...")
        sharing.use_postgres(folder)
    if not os.environ.get("REDIS_URL"):
        sharing.use_valkey(folder)


def manage(environment: dict[str, str], *command: str) -> None:
    """Run a management command; raise CannotStart where it fails."""
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=PRODUCT, env=environment, check=False)
    if done.returncode != 0:
        raise CannotStart(f"`manage.py {command[0]}` failed; the reason stands above. The next `make run` tries again.")


def load_sample(environment: dict[str, str]) -> None:
    """Load the sample company into an empty database; SAMPLE_CUSTOMERS sets its size, 0 does without."""
    customers = os.environ.get("SAMPLE_CUSTOMERS", "")
    if customers and not customers.isdecimal():
        raise CannotStart(f"SAMPLE_CUSTOMERS={customers} is no number.")
    if has_sample():
        size = ["--customers", customers] if customers else []
        manage(environment, "load_sample", "--if-empty", *size)


def has_sample() -> bool:
    """Tell whether the sample company is wanted."""
    return os.environ.get("SAMPLE_CUSTOMERS") != "0"


def stand_by(supervisor: Supervisor, folder: DataFolder, port: int, smtp_port: int | None) -> None:
    """Tell when the product answers, then start Valkey again whenever it died (PostgreSQL's users do that for it)."""
    while not answers(port):
        if supervisor.over.wait(POLL_SECONDS):
            return
    tell_address(port, smtp_port)
    while not supervisor.over.wait(WATCH_SECONDS):
        if not os.environ.get("REDIS_URL"):
            with contextlib.suppress(EmbeddedServerError):
                sharing.use_valkey(folder)


def tell_address(port: int, smtp_port: int | None) -> None:
    """Print where the product is and who can log in."""
    lines = [f"CS Platform runs at http://{HOST}:{port}"]
    if smtp_port is not None:
        lines.append(f"Its mail is caught, read it at http://{HOST}:{port}/mail/")
    if has_sample():
        lines.append(f"What customers see inside a product is at http://{HOST}:{port}/demo/product/")
        lines += ["", *logins.printed().splitlines(), ""]
    else:
        lines += ["", "Its first login: .venv/bin/python manage.py create_administrator you@your.company", ""]
    lines.append("Stop it with Ctrl-C.")
    rule = "-" * max(map(len, lines))
    say("\n".join(["", rule, *lines, rule, ""]))


def answers(port: int) -> bool:
    """Tell whether the product says that it is alive."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    """Print for the person who ran it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _refuse(reason: str) -> int:
    sys.stderr.write(reason + "\n")
    return 1


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
