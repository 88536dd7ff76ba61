"""Many clients that post at the same moment: a small program of its own, so that a process costs next to nothing.

Standard input has one JSON line: the port, how many processes, and rounds of requests `{"path", "token", "body",
"key"?}`. The processes are forked once; a process with several requests in a round sends each over a thread of its own.
In every round all of them connect, and when the last one has, all of them send. Standard output gets one JSON line a
round: `[status, body]` of every request, in their order; the status 0 stands for no answer.
"""

import http.client
import json
import os
import sys
import threading

PATIENCE_SECONDS = 170


def main() -> None:
    """Fork the clients and drive them through the rounds."""
    told = json.loads(sys.stdin.readline())
    clients = [_fork(told["port"]) for _ in range(told["processes"])]
    for requests in told["rounds"]:
        shares = [requests[number :: len(clients)] for number in range(len(clients))]
        for (_, to_client, _), share in zip(clients, shares, strict=True):
            _say(to_client, share)
        for _, _, from_client in clients:
            assert from_client.readline() == "connected\n"
        for _, to_client, _ in clients:
            _say(to_client, "go")
        answers: list = [None] * len(requests)
        for number, (_, _, from_client) in enumerate(clients):
            answers[number :: len(clients)] = json.loads(from_client.readline())
        _say(sys.stdout, answers)
    for pid, to_client, _ in clients:
        # The end of the pipe would tell nothing: later clients hold it open too.
        _say(to_client, None)
        os.waitpid(pid, 0)


def _fork(port: int):
    read_here, write_there = os.pipe()
    read_there, write_here = os.pipe()
    pid = os.fork()
    if pid:
        os.close(read_there)
        os.close(write_there)
        return pid, os.fdopen(write_here, "w"), os.fdopen(read_here)
    os.close(read_here)
    os.close(write_here)
    _client(port, os.fdopen(read_there), os.fdopen(write_there, "w"))
    os._exit(0)


def _client(port: int, from_parent, to_parent) -> None:
    for line in from_parent:
        share = json.loads(line)
        if share is None:
            return
        connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS) for _ in share]
        for connection in connections:
            connection.connect()
        _tell(to_parent, "connected\n")
        from_parent.readline()
        answers: list = [[0, "no answer"]] * len(share)
        threads = [
            threading.Thread(target=_post, args=(connection, request, answers, number))
            for number, (connection, request) in enumerate(zip(connections, share, strict=True))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _tell(to_parent, json.dumps(answers) + "\n")


def _post(connection: http.client.HTTPConnection, request: dict, answers: list, number: int) -> None:
    headers = {
        "Authorization": f"Bearer {request['token']}",
        "Content-Type": "application/json",
        "Connection": "close",
    }
    if "key" in request:
        headers["Idempotency-Key"] = request["key"]
    try:
        connection.request("POST", request["path"], json.dumps(request["body"]), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        answers[number] = [answer.status, json.loads(text) if is_json else text[:500]]
    except OSError as error:
        answers[number] = [0, repr(error)]
    finally:
        connection.close()


def _say(stream, value) -> None:
    _tell(stream, json.dumps(value) + "\n")


def _tell(stream, text: str) -> None:
    stream.write(text)
    stream.flush()


if __name__ == "__main__":
    main()
