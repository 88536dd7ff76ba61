"""Exports: what the list shows, as far as the person may export, in a file for that person alone."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone

from accounts.models import CustomField, ExportJob
from core.models import OutboxEntry, StoredFile
from tests import cast as makers
from workspace import tasks
from workspace.exports import plain_text


def ask(client, **data):
    return client.post("/exports/", {"page": "customers", "list": "", "format": "csv", **data})


def written(client, **data):
    """Return the bytes of the export that the client asks for."""
    ask(client, **data)
    job = ExportJob.objects.latest("id")
    tasks.write_export(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.problem
    response = client.get(f"/exports/{job.pk}/file/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def books(cast):
    """Customers whose facts are awkward in a spreadsheet."""
    CustomField.objects.create(key="score", label="=Score", type="number")
    CustomField.objects.create(key="day", label="Day", type="date")
    makers.make_customer(
        "=cmd|' /C calc'!A0",
        tier="low",
        mrr=Decimal("-0") + Decimal("100.5"),
        seats=7,
        tags=["-1+1", "b"],
        renews_on=date(2027, 1, 31),
        custom={"score": -3.5, "day": "2026-02-01"},
        domain="+evil.example",
    )
    return cast


def test_writes_csv_with_numbers_as_numbers_and_formulas_as_text(books, login):
    rows = rows_of(
        written(
            login(books.administrator),
            list="cols=name&cols=arr&cols=seats&cols=tags&cols=renews_on&cols=domain&cols=tier&cols=cf_score&cols=cf_day&sort=name",
        )
    )
    assert rows[0] == ["Customer", "ARR (USD)", "Seats", "Tags", "Renewal", "Domain", "Tier", "'=Score", "Day"]
    assert [
        "'=cmd|' /C calc'!A0",
        "1206",
        "7",
        "'-1+1, b",
        "2027-01-31",
        "'+evil.example",
        "Low touch",
        "-3.5",
        "2026-02-01",
    ] in rows
    assert [row[0] for row in rows[1:]] == ["'=cmd|' /C calc'!A0", "Acme", "Globex"]


def test_writes_xlsx_with_true_types(books, login):
    content = written(login(books.administrator), format="xlsx", list="cols=arr&cols=renews_on&cols=cf_score&sort=-arr")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    values = list(sheet.iter_rows(values_only=True))
    assert values[0] == ("Customer", "ARR (USD)", "Renewal", "'=Score")
    name, arr, renewal, score = values[1]
    assert (name, arr, renewal.date(), score) == ("'=cmd|' /C calc'!A0", 1206, date(2027, 1, 31), -3.5)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_begins_a_formula(text):
    assert plain_text(text) == f"'{text}"


def test_leaves_ordinary_text_alone_and_drops_what_a_sheet_cannot_hold():
    assert plain_text("O'Brien & Söhne") == "O'Brien & Söhne"
    assert plain_text("a\x00b\x0bc") == "abc"


def test_exports_the_filtered_list_in_its_order(books, login):
    rows = rows_of(written(login(books.administrator), list="country=DE&country=US&sort=-tier&cols=country"))
    assert rows == [["Customer", "Country"], ["Globex", "DE"], ["Acme", "US"]]


def test_exports_only_what_the_person_may_export(cast, login):
    # A CSM may look at the team's customers, and export its own.
    mate = makers.make_person("mate@company.example", "csm", team=cast.team)
    theirs = makers.make_customer("Theirs", tier="low")
    makers.assign(theirs, mate)
    client = login(cast.csm)
    assert "Theirs" in client.get("/customers/").content.decode()
    assert [row[0] for row in rows_of(written(client))] == ["Customer", "Acme"]
    selected = written(client, ids=[cast.acme.pk, theirs.pk, cast.globex.pk])
    assert [row[0] for row in rows_of(selected)] == ["Customer", "Acme"]


def test_exports_the_selection(cast, login):
    assert [row[0] for row in rows_of(written(login(cast.administrator), ids=[cast.globex.pk]))] == [
        "Customer",
        "Globex",
    ]


def test_refuses_whoever_may_not_export(cast, login):
    for person in (cast.support, cast.sdr, cast.nobody, cast.acme_contact.user):
        assert ask(login(person)).status_code == 403
    assert ExportJob.objects.count() == 0


@pytest.mark.parametrize(
    "data", [{"format": "pdf"}, {"list": "arr_min=lots"}, {"ids": ["x"]}, {"list": "q=" + "y" * 10_000}]
)
def test_refuses_what_it_cannot_read(cast, login, data):
    assert ask(login(cast.administrator), **data).status_code == 422
    assert ExportJob.objects.count() == 0


def test_asked_twice_is_made_once(cast, login):
    client = login(cast.administrator)
    assert ask(client).headers["Location"] == ask(client).headers["Location"]
    assert ExportJob.objects.count() == 1
    assert OutboxEntry.objects.filter(kind="workspace.export").count() == 1


def test_shows_progress_until_the_file_is_there(cast, login):
    client = login(cast.administrator)
    ask(client)
    job = ExportJob.objects.get()
    assert "0 of 2 customers" in client.get(f"/exports/{job.pk}/").content.decode()
    assert client.get(f"/exports/{job.pk}/file/").status_code == 404
    tasks.write_export(job.pk)
    assert client.get(f"/exports/{job.pk}/progress/").headers["HX-Refresh"] == "true"
    assert "Download" in client.get(f"/exports/{job.pk}/").content.decode()
    assert "Download" in client.get("/exports/").content.decode()


def test_the_file_is_for_its_owner_alone(cast, login):
    ask(login(cast.administrator))
    job = ExportJob.objects.get()
    tasks.write_export(job.pk)
    for path in (f"/exports/{job.pk}/", f"/exports/{job.pk}/file/", f"/exports/{job.pk}/progress/"):
        assert login(cast.manager).get(path).status_code == 404
        assert login(cast.acme_contact.user).get(path).headers["Location"] == "/portal/"
    cast.administrator.role_grants.all().delete()
    assert login(cast.administrator).get(f"/exports/{job.pk}/file/").status_code == 403


def test_a_role_lost_before_the_worker_came_stops_the_export(cast, login):
    ask(login(cast.administrator))
    job = ExportJob.objects.get()
    cast.administrator.role_grants.all().delete()
    tasks.write_export(job.pk)
    job.refresh_from_db()
    assert (job.state, job.file) == ("failed", None)


def test_written_twice_leaves_one_file(cast, login):
    ask(login(cast.administrator))
    job = ExportJob.objects.get()
    tasks.write_export(job.pk)
    tasks.write_export(job.pk)
    assert StoredFile.objects.count() == 1


def test_forgets_old_files(cast, login):
    ask(login(cast.administrator))
    job = ExportJob.objects.get()
    tasks.write_export(job.pk)
    assert tasks.forget_old_exports() == 0
    ExportJob.objects.update(created_at="2026-01-01T00:00:00Z")
    assert tasks.forget_old_exports() == 1
    assert (ExportJob.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_asks_again_for_jobs_whose_worker_died(cast, login, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.write_export, "delay", asked.append)
    ask(login(cast.administrator))
    job = ExportJob.objects.get()
    assert tasks.resume_jobs() == 0
    ExportJob.objects.update(state="running", created_at=job.created_at.replace(year=2025))
    assert tasks.resume_jobs() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    ask(login(cast.administrator))
    ExportJob.objects.filter(state="queued").update(created_at=timezone.now() - tasks.SETTLED * 2)
    assert tasks.resume_jobs() == 1
    assert asked == [ExportJob.objects.latest("id").pk]
