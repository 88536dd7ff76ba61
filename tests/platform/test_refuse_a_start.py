"""What would stop a run later is told at once, in a sentence with a way out."""

import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from cs_platform.embedded import postgres
from cs_platform.launch import preflight, processes
from cs_platform.launch.preflight import CannotStart
from tests import programs

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "８０８０a", "80 80"])
def test_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CannotStart, match="is no port number"):
        preflight.wanted_port()


@pytest.mark.parametrize("senders", ["two", "0", "-1", "65", "2.5"])
def test_senders_that_are_none(monkeypatch: pytest.MonkeyPatch, senders: str) -> None:
    monkeypatch.setenv("NEWSLETTER_SENDERS", senders)
    with pytest.raises(CannotStart, match=f"NEWSLETTER_SENDERS={senders} is no number of processes"):
        preflight.wanted_senders()


@pytest.mark.parametrize("variable", ["EMAIL_URL", "EMAIL_PROVIDER"])
def test_mail_is_caught_where_nobody_said_how_to_send_it(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in ("EMAIL_URL", "EMAIL_PROVIDER"):
        monkeypatch.delenv(name, raising=False)
    assert processes.catches_mail()
    monkeypatch.setenv(variable, "mailgun")
    assert not processes.catches_mail()


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 10**8, 10**8))
    with pytest.raises(CannotStart, match="100 MB are free, 500 MB are needed"):
        preflight.check_disk(tmp_path / "new" / "data")


def test_a_disk_with_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**12))
    preflight.check_disk(tmp_path / "new" / "data")


def fake_python(folder: Path, name: str, *, fits: bool) -> Path:
    """Make a program that answers the question for its version as an old or a new Python does."""
    program = folder / name
    program.write_text(f"#!/bin/sh\nexit {0 if fits else 1}\n")
    program.chmod(0o755)
    return program


def find_python(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(programs.PRODUCT / "tools" / "find_python.sh"), "python3"]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def test_only_an_old_python(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", fits=False)
    done = find_python(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("CS Platform needs Python 3.11 or newer")
    assert "make PYTHON=" in done.stderr


def test_a_newer_python_beside_an_old_one(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", fits=False)
    fake_python(tmp_path, "python3.12", fits=True)
    assert find_python(tmp_path).stdout == "python3.12\n"


def test_the_reason_is_picked_from_all_that_a_program_says() -> None:
    said = (
        'creating files ... ok\n2026 FATAL:  could not write to file "base/4": No space left on device\nremoving data'
    )
    assert postgres._reason(said) == "the disk is full. Make room and run it again."
    said = "one\ntwo\ninitdb: error: directory exists but is not empty\nfour\nfive\nsix"
    assert postgres._reason(said) == "initdb: error: directory exists but is not empty"
    assert postgres._reason("one\ntwo\nthree\nfour") == "two / three / four"
