"""A mail server that does no more than it must: it counts what it accepts, for each address.

Run as `python -m benchmarks.mail_sink PORT`; it says "ready", and at the end of its input how many it has and how many
of them came twice.
"""

import selectors
import socket
import sys
from collections import Counter

HOST = "127.0.0.1"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"
SAID = {b"EHLO": EHLO, b"QUIT": b"221 Bye\r\n"}
END = b"\r\n.\r\n"


class Visit:
    """One conversation."""

    def __init__(self) -> None:
        self.received = b""
        self.reader = b""
        self.is_message = False


def serve(port: int) -> None:
    """Take mail; at each line of input tell the counts, at its end stop."""
    accepted: Counter[bytes] = Counter()
    selector = selectors.DefaultSelector()
    door = socket.create_server((HOST, port), backlog=64)
    selector.register(door, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    _say("ready")
    while True:
        for key, _ in selector.select():
            if key.fileobj is door:
                connection, _ = door.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, Visit())
                connection.sendall(b"220 sink\r\n")
            elif key.fileobj is sys.stdin:
                if not sys.stdin.readline():
                    return
                _say(f"{accepted.total()} {sum(1 for times in accepted.values() if times > 1)}")
                accepted.clear()
            else:
                connection = key.fileobj
                try:
                    more = connection.recv(262144)
                    if more:
                        connection.sendall(_answers(key.data, more, accepted))
                except OSError:
                    more = b""
                if not more:
                    selector.unregister(connection)
                    connection.close()


def _answers(visit: Visit, more: bytes, accepted: Counter[bytes]) -> bytes:
    received = visit.received + more
    answers = b""
    while True:
        if visit.is_message:
            # Only what is new is searched, with what an end that was cut in two may need.
            end = received.find(END, max(0, len(received) - len(more) - len(END)) if not answers else 0)
            if end < 0:
                break
            received = received[end + len(END) :]
            visit.is_message = False
            accepted[visit.reader] += 1
            answers += b"250 OK\r\n"
            continue
        end = received.find(b"\r\n")
        if end < 0:
            break
        line, received = received[:end], received[end + 2 :]
        verb = line[:4].upper()
        if verb == b"RCPT":
            visit.reader = line[line.index(b"<") + 1 : line.index(b">")]
        if verb == b"DATA":
            visit.is_message = True
            answers += b"354 Go ahead\r\n"
        else:
            answers += SAID.get(verb, b"250 OK\r\n")
    visit.received = received
    return answers


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
