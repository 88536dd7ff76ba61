"""An import of customers against a bare COPY of the same rows into the same table, its indexes and audit included.

`BENCH_IMPORT_ROWS` makes the file shorter for a try. The import reads, guesses, cleans and matches every row, keeps the
way back and tells every customer's timeline; COPY does none of that.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from accounts.actions import imports as actions
from accounts.imports import running
from accounts.models import ImportJob
from benchmarks.line import Line

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "100000"))
FEW = 10_000
PIECE = 1024 * 1024
# So much may a worker grow from the short file to the long one: nothing of a file stays in memory.
MOST_GROWTH = 1.25
COLUMNS = (
    "external_id, name, domain, country, industry, language, time_zone, is_brand, is_strategic, edition, seats, stage, "
    "tags, parent_id, signed_up_on, custom, merged_into_id, mrr, created_at, updated_at"
)


def run() -> list[Line]:
    """Return lines for a first import, for the same file again, and for the memory that they take."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_customers(Path(folder) / "customers.csv", ROWS)
        first = _seconds(lambda: _import(path))
        again = _seconds(lambda: _import(path))
        copied = _copy_again()
        short = write_customers(Path(folder) / "few.csv", FEW)
        _empty()
        grown = [_peak(short), _peak(path)]
    return [
        Line(f"import of {ROWS:,} customers ({ROWS / first:,.0f} rows a second)", first, "s", copied, "bare COPY"),
        Line(f"the same file again ({ROWS / again:,.0f} rows a second)", again, "s", copied, "bare COPY"),
        Line(
            f"peak memory of an import of {ROWS:,} customers",
            grown[1],
            "MB",
            grown[0],
            f"of {FEW:,}",
            at_most=MOST_GROWTH,
        ),
    ]


def write_customers(path: Path, count: int) -> Path:
    """Return a file of so many customers with nine columns, dates with the day first."""
    industries, countries = ("Retail", "Health", "Education", "Transport"), ("US", "Germany", "fr", "United Kingdom")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("account_id,account_name,website,industry,country,signup_date,plan_tier,seats,churn_flag\r\n")
        for n in range(count):
            day = f"{n % 28 + 1:02d}-{n % 12 + 1:02d}-20{n % 20 + 5:02d}"
            file.write(
                f"C-{n:07d},Company {n * 7919 % 1_000_003},https://www.company{n}.example,{industries[n % 4]},"
                f"{countries[n % 3]},{day},Team,{n % 300},{'TRUE' if n % 9 == 0 else 'FALSE'}\r\n"
            )
    return path


def _import(path: Path) -> None:
    with path.open("rb") as file:
        job = actions.upload_file(
            actor=None,
            kind="customers",
            name=path.name,
            content_type="text/csv",
            pieces=iter(lambda: file.read(PIECE), b""),
        )
    running.run_here(job)
    job.refresh_from_db()
    if job.state != ImportJob.State.DONE or job.rejected_count:
        raise RuntimeError(f"The import is {job.state}: {job.problem}")


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _copy_again() -> float:
    """Return how long COPY takes for the rows that were imported, into the emptied table."""
    rows = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT {COLUMNS} FROM accounts_customer ORDER BY id) TO STDOUT", rows)
    _empty()
    rows.seek(0)

    def copy() -> None:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY accounts_customer ({COLUMNS}) FROM STDIN", rows)

    return _seconds(copy)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_customer, accounts_importjob CASCADE")
        cursor.execute("VACUUM ANALYZE")


def _peak(path: Path) -> float:
    """Return the most memory in megabytes that a process of its own took for the import."""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", _MEASURE, name, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1])


def peak_of_this_process() -> float:
    """Return the most memory in megabytes that this process has held."""
    # The kernel's own mark; getrusage would tell of the process that started this one where that was larger.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


_MEASURE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from pathlib import Path
from benchmarks.imports import _import, peak_of_this_process
_import(Path(sys.argv[2]))
print(peak_of_this_process())
"""
