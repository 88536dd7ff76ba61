"""A mail server that keeps what it accepts, and that can be told to misbehave.

Run as `python -m tests.queues.mails.sink PORT FOLDER`: what is accepted lies in FOLDER/accepted, a file a mail; the
word in FOLDER/mode says how it behaves.
"""

import asyncio
import signal
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import UnthreadedController

NEVER_SECONDS = 3600
HOST = "127.0.0.1"


class Sink:
    """The server's side of the conversation, and what the folder holds of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accepted = folder / "accepted"
        self.accepted.mkdir(parents=True, exist_ok=True)
        self._mode = folder / "mode"

    @property
    def mode(self) -> str:
        """Return how it behaves now."""
        return self._mode.read_text() if self._mode.exists() else "accept"

    @mode.setter
    def mode(self, word: str) -> None:
        # In one step, so that nobody reads half a word.
        written = self._mode.with_suffix(".new")
        written.write_text(word)
        written.replace(self._mode)

    def message_ids(self) -> Counter[str]:
        """Return how often each Message-ID was accepted."""
        found = (message_from_bytes(path.read_bytes())["Message-ID"] for path in self.accepted.glob("*.eml"))
        return Counter(found)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Answer the sender's name."""
        if self.mode == "hang at once":
            await asyncio.sleep(NEVER_SECONDS)
        if self.mode == "drop at once":
            server.transport.abort()
        if self.mode == "refuse sender":
            return "550 5.7.1 Not from here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Answer the reader's name."""
        if self.mode == "not now":
            return "450 4.2.1 Try again later"
        if self.mode == "nobody":
            return "550 5.1.1 No such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer the whole message."""
        mode = self.mode
        if mode == "not this":
            return "554 5.6.0 I don't like it"
        if mode == "not this now":
            return "451 4.3.0 Disk full"
        if mode not in {"drop unread", "hang unread"}:
            self._keep(envelope.content)
        if mode in {"drop unread", "keep and drop"}:
            server.transport.abort()
        if mode in {"hang unread", "keep and hang"}:
            await asyncio.sleep(NEVER_SECONDS)
        return "250 OK"

    def _keep(self, content: bytes) -> None:
        number = len(list(self.accepted.iterdir()))
        path = self.accepted / f"{number:05}.part"
        path.write_bytes(content)
        path.rename(path.with_suffix(".eml"))


def serve(port: int, folder: Path) -> None:
    """Take mail until told to stop."""
    loop = asyncio.new_event_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, loop.stop)
    server = UnthreadedController(Sink(folder), hostname=HOST, port=port, loop=loop)
    server.begin()
    loop.run_forever()
    server.end()
    loop.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
