"""A long file takes no more memory than a short one, and each chunk as many queries as any other."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import imports as actions
from accounts.imports import running
from accounts.models import Customer
from tests import cast as makers
from tests.accounts.import_files import csv_bytes, upload, write_customers
from tests.programs import environment, run_python

SHORT, LONG = 4_000, 40_000
# What ten times the rows may add; were all of them held, it would be more than ten times as much.
MOST_GROWTH_MB = 15

IMPORT = """
import sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from accounts.actions import imports as actions
from accounts.imports import running

with open(sys.argv[2], "rb") as file:
    pieces = iter(lambda: file.read(1 << 20), b"")
    job = actions.upload_file(actor=None, kind="customers", name="f.csv", content_type="text/csv", pieces=pieces)
assert running.run_here(job)
job.refresh_from_db()
from benchmarks.imports import peak_of_this_process
print(job.created_count + job.unchanged_count, peak_of_this_process())
"""


def peak_of(path: Path, rows: int) -> float:
    """Return the most memory in megabytes that a process of its own took to import the file."""
    from django.conf import settings

    env = environment(DATA_DIR=settings.DATA_DIR, DJANGO_SETTINGS_MODULE="cs_platform.settings.test")
    done = run_python("-c", IMPORT, str(connection.settings_dict["NAME"]), str(path), env=env, timeout=280)
    assert done.returncode == 0, done.stderr
    imported, peak = done.stdout.split()[-2:]
    assert int(imported) == rows
    return float(peak)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    short = peak_of(write_customers(tmp_path / "short.csv", SHORT), SHORT)
    long = peak_of(write_customers(tmp_path / "long.csv", LONG), LONG)
    assert Customer.objects.count() == LONG
    assert long - short < MOST_GROWTH_MB


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["customers", "contacts", "subscriptions"])
def test_a_chunk_takes_the_same_queries_whatever_its_rows(kind: str) -> None:
    makers.make_customer("Acme", external_id="A", domain="acme.example")
    headers = {
        "customers": ["id", "name"],
        "contacts": ["id", "email", "customer id"],
        "subscriptions": ["id", "customer id", "mrr", "start"],
    }

    def row(number: int) -> list[object]:
        return {
            "customers": [f"N{number}", f"Company {number}"],
            "contacts": [f"N{number}", f"p{number}@acme.example", "A"],
            "subscriptions": [f"N{number}", "A", number, "2024-01-01"],
        }[kind]

    counted = []
    for numbers in (range(3), range(100, 700)):
        job = upload(kind, csv_bytes([headers[kind], *(row(number) for number in numbers)]))
        actions.start_import(actor=None, job=job)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            running.run(job.pk)
        job.refresh_from_db()
        assert job.created_count == len(numbers)
        counted.append(len(queries))
    assert counted[0] == counted[1]
