"""A quick mail server of a test's own that counts what it accepts for each address, and that can misbehave.

Run as `python -m tests.newsletters.pump.sink PORT FOLDER`. The word in FOLDER/mode says how it behaves; each line of
FOLDER/accepted is an address of which a message was accepted. What it accepts it writes down before it says so.
"""

import os
import selectors
import signal
import socket
import sys
import time
from collections import Counter
from pathlib import Path

HOST = "127.0.0.1"
END = b"\r\n.\r\n"
# What a message takes in the mode "slow", so that there is time to do something meanwhile.
SLOW_SECONDS = 0.002
GREETING = b"220 sink\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"
PLAIN_EHLO = b"250 sink\r\n"


class Sink:
    """What the folder holds of the mail server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.accepted = folder / "accepted"
        self.accepted.touch()
        self.written = folder / "mode"

    @property
    def mode(self) -> str:
        """Return how it behaves now."""
        return self.written.read_text() if self.written.exists() else "accept"

    @mode.setter
    def mode(self, word: str) -> None:
        # In one step, so that nobody reads half a word.
        written = self.written.with_suffix(".new")
        written.write_text(word)
        written.replace(self.written)

    def addresses(self) -> Counter[str]:
        """Return how often a message to each address was accepted."""
        return Counter(self.accepted.read_text().split())

    def total(self) -> int:
        """Return how many messages were accepted."""
        return self.accepted.read_bytes().count(b"\n")


class Visit:
    """One conversation."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""
        self.reader = b""
        self.is_message = False
        self.silent = False
        self.is_over = False
        self.is_greeted = False
        self.has_sender = False


class Server:
    """The whole server in one loop."""

    def __init__(self, port: int, folder: Path) -> None:
        self.sink = Sink(folder)
        self.book = os.open(self.sink.accepted, os.O_WRONLY | os.O_APPEND)
        self.selector = selectors.DefaultSelector()
        self.door = socket.create_server((HOST, port), backlog=128)
        self.selector.register(self.door, selectors.EVENT_READ)
        self.mode, self.looked = "accept", 0
        self.count = 0

    def serve(self) -> None:
        """Take mail for ever."""
        while True:
            for key, _ in self.selector.select(0.5):
                self._look()
                if key.fileobj is self.door:
                    self._greet()
                else:
                    self._listen(key.data)

    def _look(self) -> None:
        try:
            written = self.sink.written.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if written != self.looked:
            self.mode, self.looked = self.sink.mode, written

    def _greet(self) -> None:
        connection, _ = self.door.accept()
        if self.mode == "closed":
            connection.close()
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        visit = Visit(connection)
        self.selector.register(connection, selectors.EVENT_READ, visit)
        connection.sendall(GREETING)

    def _listen(self, visit: Visit) -> None:
        try:
            more = visit.connection.recv(262144)
        except OSError:
            more = b""
        if not more:
            self._leave(visit)
            return
        visit.received += more
        answer = self._answers(visit)
        try:
            visit.connection.sendall(answer)
        except OSError:
            visit.is_over = True
        if visit.is_over:
            self._leave(visit)

    def _leave(self, visit: Visit) -> None:
        self.selector.unregister(visit.connection)
        visit.connection.close()

    def _answers(self, visit: Visit) -> bytes:
        """Return what is said to all that was received; a visit that is over then ends with what was said before."""
        answers = []
        while not visit.silent:
            if visit.is_message:
                end = 0 if visit.received.startswith(b".\r\n") else visit.received.find(END)
                if end < 0:
                    break
                visit.received = visit.received[end + (3 if end == 0 else len(END)) :]
                visit.is_message = False
                answer = self._take(visit)
            else:
                line, found, rest = visit.received.partition(b"\r\n")
                if not found:
                    break
                visit.received = rest
                answer = self._obey(visit, line)
            if answer is None:
                visit.is_over = True
                break
            answers.append(answer)
        return b"".join(answers)

    def _obey(self, visit: Visit, line: bytes) -> bytes | None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            visit.is_greeted = True
            return PLAIN_EHLO if self.mode == "no pipelining" else EHLO
        if verb == b"MAIL":
            if not visit.is_greeted:
                return b"503 Say hello first\r\n"
            visit.reader = b""
            self.count += 1
            visit.has_sender = self.mode != "refuse sender"
            if not visit.has_sender:
                return b"550 5.7.1 Not from here\r\n"
            if self.mode == "drop some" and self.count % 97 == 0:
                return None
            return b"250 OK\r\n"
        if verb == b"RCPT":
            return self._read(visit, line) if visit.has_sender else b"503 Who writes?\r\n"
        if verb == b"DATA":
            if not visit.reader:
                return b"503 Who should get it?\r\n"
            visit.is_message = True
            return b"354 Go ahead\r\n"
        if verb == b"QUIT":
            return None
        return b"250 OK\r\n"

    def _read(self, visit: Visit, line: bytes) -> bytes:
        if self.mode == "not now":
            return b"450 4.7.1 Try again later\r\n"
        if self.mode == "nobody" or line.find(b"<gone") > 0:
            return b"550 5.1.1 No such box\r\n"
        visit.reader = line[line.index(b"<") + 1 : line.index(b">")]
        return b"250 OK\r\n"

    def _take(self, visit: Visit) -> bytes | None:
        """Return what is said to a whole message."""
        if self.mode == "not this":
            return b"554 5.7.1 It looks like spam\r\n"
        if self.mode == "not this now":
            return b"451 4.3.0 Disk full\r\n"
        if self.mode in {"drop unread", "hang unread"}:
            visit.silent = self.mode == "hang unread"
            return None if self.mode == "drop unread" else b""
        if self.mode == "slow":
            time.sleep(SLOW_SECONDS)
        os.write(self.book, visit.reader + b"\n")
        if self.mode == "keep and drop":
            return None
        if self.mode == "keep and hang":
            visit.silent = True
            return b""
        return b"250 OK\r\n"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Server(int(sys.argv[1]), Path(sys.argv[2])).serve()
