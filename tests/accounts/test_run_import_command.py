"""manage.py import_data imports a file in its own process and says on its last line what came of it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Customer, ImportJob, Subscription
from tests import cast as makers
from tests.accounts.import_files import csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db

ROWS = [["account_id", "account_name", "seats"], ["1", "Acme", "5"], ["2", "Beta", "many"], ["3", "Gamma", "7"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_bytes(csv_bytes(ROWS))
    return path


def run(*arguments: object) -> tuple[dict[str, object], str]:
    out, err = StringIO(), StringIO()
    call_command("import_data", *map(str, arguments), stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_a_file_is_imported_and_counted(path: Path) -> None:
    said, told = run("customers", path)
    job = ImportJob.objects.get()
    assert said == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "job": job.pk}
    assert "account_name → name" in told
    assert "Row 3: seats: “many” is not a number." in told
    said, _ = run("customers", path)
    assert (said["created"], said["unchanged"], said["rejected"]) == (0, 2, 1)
    assert Customer.objects.count() == 2


def test_a_dry_run_writes_nothing(path: Path) -> None:
    said, _ = run("customers", path, "--dry-run")
    assert said == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "dry_run": True}
    assert not Customer.objects.exists()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_rejected_rows_are_written_where_asked(path: Path, tmp_path: Path, flags: tuple[str, ...]) -> None:
    rejected = tmp_path / "rejected.csv"
    said, _ = run("customers", path, "--rejected", rejected, *flags)
    assert said["rejected_file"] == str(rejected)
    lines = rejected.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "account_id,account_name,seats,Row,Why it was rejected"
    assert len(lines) == 2
    assert lines[1].startswith("2,Beta,many,3,")


def test_columns_and_formats_may_be_given(path: Path) -> None:
    path.write_bytes(csv_bytes([["A", "B", "C", "D"], ["S1", "X1", "03/04/2024", "1.500"]]))
    makers.make_customer("Acme", external_id="X1")
    said, told = run(
        "subscriptions", path,
        "--map", "A=external_id", "--map", "B=customer_external_id", "--map", "C=starts_on", "--map", "D=mrr",
        "--option", "date_order=dmy", "--option", "decimal_mark:D=,",
    )  # fmt: skip
    assert said["created"] == 1
    found = Subscription.objects.get()
    assert (str(found.starts_on), int(found.mrr)) == ("2024-04-03", 1500)
    assert "C → starts_on [dmy]" in told


def test_a_column_may_be_left_out(path: Path) -> None:
    said, _ = run("customers", path, "--map", "seats=")
    assert (said["created"], said["rejected"]) == (3, 0)


def test_a_workbook_is_imported(path: Path) -> None:
    path = path.with_suffix(".xlsx")
    path.write_bytes(xlsx_bytes({"Front": [["Report"]], "Data": [["id", "name"], [1, "Acme"]]}))
    said, _ = run("customers", path, "--sheet", "Data")
    assert said["created"] == 1


@pytest.mark.parametrize(
    ("content", "arguments", "sentence"),
    [
        (b"%PDF-1.7", (), "This is a PDF document"),
        (b"", (), "This file is empty"),
        (b"colour,height\nred,5\n", (), "No column says who the customers are"),
        (b"id,name\n1,Acme\n", ("--map", "nick=name"), "The file has no column “nick”; it has id, name."),
        (b"id,name\n1,Acme\n", ("--map", "name=nick"), "There is no field “nick”"),
        (b"id,name\n1,Acme\n", ("--map", "name"), "--map takes NAME=VALUE"),
        (b"id,name\n1,Acme\n", ("--map", "id=name", "--map", "name=name"), "Two columns are mapped to the same field."),
        (b"id,name\n1,Acme\n", ("--option", "colour=red"), "There is no option “colour”"),
        (b"id,name\n1,Acme\n", ("--option", "date_order=up"), "date_order is one of dmy, mdy"),
        (b"id,name\n1,Acme\n", ("--by", "nobody@company.example"), "There is no active member of staff"),
    ],
)
def test_a_refused_file_ends_with_a_sentence(
    path: Path, content: bytes, arguments: tuple[str, ...], sentence: str
) -> None:
    path.write_bytes(content)
    for flags in ((), ("--dry-run",)) if "--by" not in arguments else ((),):
        with pytest.raises(CommandError) as refusal:
            run("customers", path, *arguments, *flags)
        assert sentence in str(refusal.value)
    assert not Customer.objects.exists()
    assert not ImportJob.objects.exists()


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(CommandError) as refusal:
            run("customers", path)
        assert said in str(refusal.value)


def test_the_import_is_told_in_somebodys_name(path: Path) -> None:
    kim = makers.make_person("kim@company.example", "manager")
    run("customers", path, "--by", "Kim@company.example")
    assert ImportJob.objects.get().created_by == kim
    assert Customer.objects.first().timeline.get().actor == kim


def test_a_text_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    path.write_text("\n".join(f"user{n}:x:{n}:{n}::/home/user{n}:/bin/sh" for n in range(30)))
    with pytest.raises(CommandError, match="who the customers are"):
        run("customers", path)
    assert not Customer.objects.exists()
