"""The private servers are shared by who is there, stop after the last one, and survive every kind of kill."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from cs_platform.embedded import postgres, valkey
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder
from tests import programs

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("servers")]

# A user of the servers: says the postmaster's number once it is connected and stays until its input ends.
USER = """
import sys
from pathlib import Path
import psycopg2
from cs_platform.embedded import postgres, sharing, valkey
from cs_platform.embedded.folder import DataFolder

folder = DataFolder(Path(sys.argv[1]))
sharing.use_postgres(folder)
sharing.use_valkey(folder)
assert postgres.is_answering(folder) and valkey.is_answering(folder)
print((folder.pgdata / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the servers."""

    def __init__(self, folder: DataFolder) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder.root)],
            cwd=programs.PRODUCT,
            env=programs.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def postmaster(self) -> int:
        """Return the number of the PostgreSQL it is connected to."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the user ended without having reached the servers"
        return int(line)

    def leave(self) -> None:
        """End as a program does."""
        self.process.communicate(timeout=programs.PATIENCE_SECONDS)
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End as nobody should."""
        self.process.kill()
        self.process.communicate()


def query(folder: DataFolder, sql: str) -> list[tuple[object, ...]]:
    address = postgres.address(folder)
    connection = psycopg2.connect(host=address["HOST"], user=address["USER"], dbname=address["NAME"])
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def wait_until_nobody(folder: DataFolder) -> None:
    programs.wait_until(lambda: not programs.processes_of(folder.root), "the end of every process of the folder")


def test_two_that_start_at_once_share_one_server(folder: DataFolder) -> None:
    first, second = User(folder), User(folder)
    assert first.postmaster() == second.postmaster()
    first.leave()
    assert postgres.is_answering(folder)
    assert valkey.is_answering(folder)
    second.leave()
    wait_until_nobody(folder)


def test_a_killed_user_is_forgotten(folder: DataFolder) -> None:
    user = User(folder)
    user.postmaster()
    user.kill()
    wait_until_nobody(folder)


def test_data_survives_a_kill_of_everything(folder: DataFolder) -> None:
    user = User(folder)
    user.postmaster()
    query(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    for process in programs.processes_of(folder.root):
        process.kill()
    user.kill()
    wait_until_nobody(folder)

    again = User(folder)
    again.postmaster()
    assert query(folder, "SELECT answer FROM kept") == [(42,)]
    again.leave()


def test_servers_that_lost_their_keeper_are_used_again(folder: DataFolder) -> None:
    user = User(folder)
    first = user.postmaster()
    for process in programs.processes_of(folder.root):
        if "cs_platform.embedded.keeper" in process.cmdline():
            process.kill()
    user.kill()
    assert postgres.is_answering(folder)

    again = User(folder)
    assert again.postmaster() == first
    again.leave()
    wait_until_nobody(folder)


def test_a_pid_file_that_names_somebody_else_is_no_server(folder: DataFolder) -> None:
    user = User(folder)
    server = psutil.Process(user.postmaster())
    pid_file = folder.pgdata / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.send_signal(signal.SIGKILL)
    user.kill()
    wait_until_nobody(folder)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    again = User(folder)
    assert again.postmaster() != os.getpid()
    again.leave()


def test_a_server_without_its_socket_is_replaced(folder: DataFolder) -> None:
    user = User(folder)
    first = user.postmaster()
    (folder.postgres_sockets / ".s.PGSQL.5432").unlink()
    folder.valkey_socket.unlink()

    other = User(folder)
    assert other.postmaster() != first
    other.leave()
    user.leave()
    wait_until_nobody(folder)


def test_an_interrupted_first_start_is_done_again(folder: DataFolder) -> None:
    folder.prepare()
    unfinished = folder.root / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    user = User(folder)
    user.postmaster()
    assert not unfinished.exists()
    user.leave()


def test_a_deep_folder_gets_its_sockets_elsewhere(folder: DataFolder) -> None:
    deep = DataFolder(folder.root.joinpath(*["a-rather-long-name-of-a-folder"] * 4, "it's the data"))
    user = User(deep)
    user.postmaster()
    assert len(str(deep.valkey_socket)) < 100
    user.leave()
    wait_until_nobody(deep)
    for place in (deep.postgres_sockets, deep.valkey_socket.parent):
        shutil.rmtree(place)


def test_letters_beyond_ascii_have_two_cases(folder: DataFolder) -> None:
    user = User(folder)
    user.postmaster()
    assert query(folder, "SELECT lower('ÄÉЖΩ'), 'a' < 'B', 'a' < 'ä'") == [("äéжω", False, True)]
    user.leave()


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(EmbeddedServerError, match="not this product's"):
        DataFolder(tmp_path).prepare()


def test_commands_without_database_start_none(folder: DataFolder) -> None:
    env = programs.environment(DATA_DIR=folder.root)
    for command in (["--version"], ["help"], ["findstatic", "css/app.css"], ["check"]):
        done = programs.run_python("manage.py", *command, env=env)
        assert done.returncode == 0, done.stderr
    assert not folder.root.exists()


def test_a_command_with_database_starts_it(folder: DataFolder) -> None:
    done = programs.run_python("manage.py", "migrate", "core", "--plan", env=programs.environment(DATA_DIR=folder.root))
    assert done.returncode == 0, done.stderr
    assert "Planned operations" in done.stdout
    assert not done.stderr
    wait_until_nobody(folder)
