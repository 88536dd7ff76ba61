"""Catch every mail sent to a port and keep it in a Maildir, so that no mail of a demo leaves the machine.

Run as `python -m cs_platform.launch.mail_server PORT FOLDER`.
"""

import asyncio
import signal
import sys
from pathlib import Path

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.handlers import Mailbox

from cs_platform.launch.preflight import HOST

LARGEST_MESSAGE_BYTES = 50_000_000


def serve(port: int, folder: Path) -> None:
    """Catch mail until told to stop."""
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, loop.stop)
    handler = Mailbox(folder / "caught")
    catcher = UnthreadedController(
        handler, hostname=HOST, port=port, loop=loop, data_size_limit=LARGEST_MESSAGE_BYTES, enable_SMTPUTF8=True
    )
    catcher.begin()
    loop.run_forever()
    catcher.end()
    # A sender of newsletters keeps its conversation open: it is hung up on, or asyncio complains that it was forgotten.
    talking = asyncio.all_tasks(loop)
    for conversation in talking:
        conversation.cancel()
    loop.run_until_complete(asyncio.gather(*talking, return_exceptions=True))
    loop.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
