"""Run a command while nobody else does so: locked.py FILE COMMAND... (only the standard library is used)."""

import fcntl
import subprocess
import sys


def main() -> int:
    """Wait for the lock on the file, run the command and return its exit code."""
    with open(sys.argv[1]) as file:  # noqa: PTH123 - Path.open is no shorter here
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another command is setting things up here; waiting for it ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            return subprocess.run(sys.argv[2:], check=False).returncode
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
