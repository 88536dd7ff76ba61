"""Stop the private servers of a data folder when their last user is gone, even one that was killed.

Run as `python -m cs_platform.embedded.keeper FOLDER`; the first user of the servers starts it.
"""

import contextlib
import fcntl
import sys
import time
from pathlib import Path

from cs_platform.embedded.folder import DataFolder
from cs_platform.embedded.sharing import alone, keeper_file, locked, stop_servers, users_file

# Commands given one after another find the servers still up.
GRACE_SECONDS = 2


def keep(folder: DataFolder) -> None:
    """Wait for the end of the servers' use, stop them and return; return at once where another keeper waits."""
    with contextlib.suppress(BlockingIOError), contextlib.ExitStack() as keeping:
        keeping.enter_context(locked(keeper_file(folder), fcntl.LOCK_EX | fcntl.LOCK_NB))
        while folder.is_ours():
            with locked(users_file(folder), fcntl.LOCK_EX):
                pass
            time.sleep(GRACE_SECONDS)
            with alone(folder) as nobody_there:
                if nobody_there:
                    stop_servers(folder)
                    # Let go of the keeper's lock first: who comes next has to start a keeper of its own.
                    keeping.close()
                    return


if __name__ == "__main__":
    keep(DataFolder(Path(sys.argv[1])))
