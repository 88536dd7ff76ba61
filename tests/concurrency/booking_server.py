"""The product's own web server on the test's database, and clients with tokens to hammer it."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.db import connection
from knox.crypto import create_token_string, hash_token
from knox.settings import CONSTANTS

from accounts.models import ApiToken, Contact, Customer, User
from cs_platform.launch.processes import web_command
from tests import programs

# For a machine that does much else besides.
PATIENCE_SECONDS = 880
HAMMER = Path(__file__).with_name("hammer.py")


def make_callers(count: int) -> list[str]:
    """Return tokens of so many contacts, each of a customer of its own."""
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(count))
    users = User.objects.bulk_create(
        User(email=f"contact{number}@customers.example", name=f"Contact {number}", kind=User.Kind.CONTACT, password="!")
        for number in range(count)
    )
    Contact.objects.bulk_create(
        Contact(customer=customer, email=user.email, user=user) for customer, user in zip(customers, users, strict=True)
    )
    secrets = [create_token_string() for _ in users]
    ApiToken.objects.bulk_create(
        ApiToken(
            user=user,
            name="race",
            scopes=["read", "write"],
            digest=hash_token(secret),
            token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH],
        )
        for user, secret in zip(users, secrets, strict=True)
    )
    return secrets


@contextlib.contextmanager
def served(folder: Path) -> Iterator[int]:
    """Run the web server as the product does, on the test's database, and give its port."""
    where, port = connection.settings_dict, programs.free_port()
    address = (
        f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    )
    env = programs.environment(
        DATA_DIR=folder / "data",
        DJANGO_SETTINGS_MODULE="cs_platform.settings.local",
        DATABASE_URL=address,
        DEBUG="0",
        LOG_LEVEL="ERROR",
        # Its processes must not outlive it: the test's database could not be dropped.
        PORT=str(port),
    )
    log = folder / "web.log"
    with programs.started(web_command(port), env=env, log=log):
        programs.wait_until(lambda: _answers(port), "the web server", log=log)
        yield port
    said = log.read_text()
    assert "Traceback" not in said, said[-4000:]


def hammer(port: int, rounds: Sequence[Sequence[dict[str, Any]]], *, processes: int) -> list[list[tuple[int, Any]]]:
    """Return the status and the body of every request, round by round; see hammer.py."""
    told = json.dumps({"port": port, "processes": processes, "rounds": rounds}) + "\n"
    done = subprocess.run(
        [sys.executable, str(HAMMER)],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env=programs.environment(),
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [[tuple(answer) for answer in json.loads(line)] for line in done.stdout.splitlines()]


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
