"""The pages of an import: upload, columns and preview, progress, result, undo."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.actions import imports as actions
from accounts.imports import checking, running
from accounts.models import Customer, ImportJob
from tests.accounts.import_files import csv_bytes, upload

pytestmark = pytest.mark.django_db

ROWS = [
    ["id", "company", "country", "signup date", "seats"],
    ["1", "Acme", "Germany", "05/06/2024", "5"],
    ["2", "Beta", "Atlantis", "07/08/2024", "many"],
    ["3", "Gamma", "France", "09/10/2024", "7"],
]


@pytest.fixture
def browser(cast: SimpleNamespace, login) -> Client:
    return login(cast.manager)


def send(browser: Client, content: bytes, *, kind: str = "customers", name: str = "export.csv"):
    file = SimpleUploadedFile(name, content, "text/csv")
    return browser.post(reverse("import_upload"), {"kind": kind, "file": file})


def page(browser: Client, job: ImportJob) -> str:
    return browser.get(reverse("import", args=[job.pk])).content.decode()


def choices(job: ImportJob, **changes: str) -> dict[str, str]:
    """Return what the form of columns sends."""
    fields = {f"field-{number}": job.mapping.get(column, "") for number, column in enumerate(job.header)}
    formats = {f"date-{job.header.index(c)}": order for c, order in job.options["date_order"].items()}
    formats |= {f"mark-{job.header.index(c)}": mark for c, mark in job.options["decimal_mark"].items()}
    return {**fields, **formats, "empty_cells": "keep", "bad_values": "reject", **changes}


def test_a_file_is_uploaded_looked_at_started_and_in(browser: Client, cast: SimpleNamespace) -> None:
    answer = send(browser, csv_bytes(ROWS))
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == reverse("import", args=[job.pk])
    shown = page(browser, job)
    assert "“Atlantis” is not a country" in shown
    assert "Dates such as 05/06/2024 could have the day or the month first" in shown
    assert not Customer.objects.filter(external_id="1").exists()
    browser.post(reverse("import_columns", args=[job.pk]), {**choices(job), "next": "start"})
    assert "Waiting for a worker" in page(browser, job)
    running.run(job.pk)
    result = page(browser, job)
    assert "Rejected rows as a file" in result
    assert "seats: “many” is not a number." in result
    assert Customer.objects.get(external_id="1").signed_up_on.isoformat() == "2024-05-06"
    listed = browser.get(reverse("imports")).content.decode()
    assert "export.csv" in listed
    assert cast.manager.name in listed


def test_a_correction_is_checked_before_the_start(browser: Client) -> None:
    send(browser, csv_bytes(ROWS))
    job = ImportJob.objects.get()
    changed = choices(job, **{"date-3": "dmy", "field-4": ""})
    browser.post(reverse("import_columns", args=[job.pk]), {**changed, "next": "start"})
    job.refresh_from_db()
    assert (job.state, job.options["date_order"]["signup date"]) == (ImportJob.State.PREVIEW, "dmy")
    assert "seats" not in job.mapping
    shown = page(browser, job)
    assert "The choices have changed." in shown
    assert "Left out: seats." in shown
    browser.post(reverse("import_columns", args=[job.pk]), {**choices(job), "next": "start"})
    job.refresh_from_db()
    assert job.state == ImportJob.State.QUEUED


def test_a_field_for_two_columns_is_refused_in_place(browser: Client) -> None:
    send(browser, csv_bytes(ROWS))
    job = ImportJob.objects.get()
    answer = browser.post(reverse("import_columns", args=[job.pk]), choices(job, **{"field-2": "name"}))
    assert answer.status_code == 422
    assert "“company” and “country” are both mapped to “Name”" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.7", "customers.pdf", "This is a PDF document."),
        (b"", "empty.csv", "The submitted file is empty."),
        (b"\xef\xbb\xbf\n", "blank.csv", "This file is empty."),
    ],
)
def test_a_refused_file_is_told_in_the_form(browser: Client, content: bytes, name: str, said: str) -> None:
    answer = send(browser, content, name=name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_too_large_a_file_is_refused_in_the_form(browser: Client, settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    answer = send(browser, csv_bytes(ROWS))
    assert answer.status_code == 422
    assert "at most 10\xa0bytes are accepted" in answer.content.decode()


def test_the_file_may_be_read_otherwise(browser: Client) -> None:
    send(browser, "id;name\n1;Müller\n".encode("mac_roman"))
    job = ImportJob.objects.get()
    layout = {"encoding": "mac_roman", "delimiter": ";", "header_row": "1"}
    browser.post(reverse("import_layout", args=[job.pk]), layout)
    job.refresh_from_db()
    assert job.encoding == "mac_roman"
    assert "Müller" in page(browser, job)
    bad = browser.post(reverse("import_layout", args=[job.pk]), {**layout, "header_row": "9"})
    assert bad.status_code == 422
    assert "This file has no header" in bad.content.decode()


def test_a_large_file_is_checked_by_a_worker(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "QUICK_BYTES", 10)
    send(browser, csv_bytes(ROWS))
    job = ImportJob.objects.get()
    assert "Checking the file" in page(browser, job)
    progress = reverse("import_progress", args=[job.pk])
    assert "HX-Refresh" not in browser.get(progress).headers
    start = browser.post(reverse("import_columns", args=[job.pk]), {**choices(job), "next": "start"})
    assert start.status_code == 302
    job.refresh_from_db()
    assert job.state == ImportJob.State.PREVIEW
    checking.check(job.pk)
    assert browser.get(progress).headers["HX-Refresh"] == "true"
    assert "“Atlantis” is not a country" in page(browser, job)


def test_progress_survives_a_reload_and_ends_with_one(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload("customers", csv_bytes([["id", "name"], *([number, f"C {number}"] for number in range(2_500))]))
    actions.start_import(actor=None, job=job)
    progress = reverse("import_progress", args=[job.pk])
    seen: list[str] = []
    commit = running.commit_chunk

    def commit_and_look(*args):
        moved = commit(*args)
        seen.extend([browser.get(progress).content.decode(), page(browser, job)])
        return moved

    monkeypatch.setattr(running, "commit_chunk", commit_and_look)
    running.run(job.pk)
    assert [
        f"{done:,} of 2,500 rows" in seen[place] for place, done in ((0, 1000), (1, 1000), (2, 2000), (4, 2500))
    ] == [True] * 4
    assert 'value="1000" max="2500"' in seen[0]
    assert browser.get(progress).headers["HX-Refresh"] == "true"


def test_an_import_is_stopped_and_goes_on(browser: Client) -> None:
    job = upload("customers", csv_bytes(ROWS))
    actions.start_import(actor=None, job=job)
    browser.post(reverse("import_cancel", args=[job.pk]), {"keep": "yes"})
    assert "Go on from where it stopped" in page(browser, job)
    browser.post(reverse("import_continue", args=[job.pk]))
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.created_count) == (ImportJob.State.DONE, 2)


def test_an_import_is_undone_and_tells_what_stays(browser: Client, cast: SimpleNamespace) -> None:
    job = upload("customers", csv_bytes(ROWS))
    actions.start_import(actor=None, job=job)
    running.run(job.pk)
    Customer.objects.filter(external_id="3").update(seats=99)
    browser.post(reverse("import_undo", args=[job.pk]))
    assert "Undoing" in page(browser, job)
    running.run(job.pk)
    shown = page(browser, job)
    assert "seats changed since, so it was kept" in shown
    assert f"<dd>{cast.manager}" in shown.replace("\n", "") or str(cast.manager) in shown
    kept = b"".join(browser.get(reverse("import_kept", args=[job.pk])).streaming_content).decode("utf-8-sig")
    assert kept.splitlines()[1].endswith('seats changed since, so it was kept"')


def test_files_of_problems_and_rejections_are_whole(browser: Client) -> None:
    rows = [["id", "name", "seats"], *([number, f"C {number}", "x"] for number in range(300))]
    job = upload("customers", csv_bytes(rows))
    assert len(job.preview["problems"]) == 100
    answer = browser.get(reverse("import_problems", args=[job.pk]))
    problems = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert problems[0] == "Row,Column,What happens,Problem"
    assert len(problems) == 301
    assert problems[300] == "301,seats,rejected,“x” is not a number."
    actions.start_import(actor=None, job=job)
    running.run(job.pk)
    answer = browser.get(reverse("import_rejected", args=[job.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="export-rejected.csv"'
    rejected = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert rejected[1] == "0,C 0,x,2,seats: “x” is not a number."
    assert len(rejected) == 301


def test_a_file_may_be_discarded(browser: Client) -> None:
    job = upload("customers", csv_bytes(ROWS))
    browser.post(reverse("import_discard", args=[job.pk]))
    assert not ImportJob.objects.exists()


def test_what_is_under_way_cannot_be_done_twice(browser: Client) -> None:
    job = upload("customers", csv_bytes(ROWS))
    actions.start_import(actor=None, job=job)
    for name in ("import_undo", "import_discard", "import_continue"):
        assert browser.post(reverse(name, args=[job.pk])).status_code == 409


@pytest.mark.parametrize("role", ["csm", "support", "sdr", "am", "specialist"])
def test_who_may_not_import_sees_nothing(role: str, cast: SimpleNamespace, login) -> None:
    job = upload("customers", csv_bytes(ROWS))
    outsider = login(getattr(cast, role))
    names = ["import", "import_progress", "import_rejected", "import_problems", "import_kept"]
    paths = [reverse("imports"), reverse("import_upload"), *(reverse(name, args=[job.pk]) for name in names)]
    assert {outsider.get(path).status_code for path in paths} == {403}
    posts = ["layout", "columns", "cancel", "continue", "undo", "discard"]
    assert {outsider.post(reverse(f"import_{name}", args=[job.pk])).status_code for name in posts} == {403}
    assert ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.PREVIEW).exists()


SUBSCRIPTIONS = b"""subscription_id,account_id,start_date,end_date,mrr_amount,billing_frequency,seats
S-1,A-1,2025-01-05,,100,monthly,5
S-2,A-1,2025-02-17,2025-12-31,250,annual,9
"""


def test_a_file_of_another_kind_is_noticed_and_read_so(browser: Client) -> None:
    send(browser, b"id,name\r\nA-1,Acme One\r\n")
    send(browser, SUBSCRIPTIONS, kind="customers")
    job = ImportJob.objects.latest("pk")
    assert "This looks like a file of subscriptions." in page(browser, job)
    browser.post(reverse("import_kind", args=[job.pk]), {"kind": "subscriptions"})
    job.refresh_from_db()
    assert (job.kind, job.mapping["mrr_amount"], job.preview["total"]) == ("subscriptions", "mrr", 2)
    assert "This looks like" not in page(browser, job)


def test_an_unknown_kind_changes_nothing(browser: Client) -> None:
    send(browser, SUBSCRIPTIONS, kind="subscriptions")
    job = ImportJob.objects.latest("pk")
    assert browser.post(reverse("import_kind", args=[job.pk]), {"kind": "invoices"}).status_code == 422
    job.refresh_from_db()
    assert job.kind == "subscriptions"


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("customers", "account_id,account_name,industry,country,signup_date,plan_tier,seats,is_trial,churn_flag"),
        ("contacts", "email,first name,last name,company,phone"),
        ("subscriptions", "customer,start,end,mrr"),
        ("customers", "customer"),
    ],
)
def test_a_file_of_its_own_kind_is_left_alone(browser: Client, kind: str, header: str) -> None:
    send(browser, f"{header}\n".encode() + b",".join([b"1"] * (header.count(",") + 1)) + b"\n", kind=kind)
    assert "This looks like" not in page(browser, ImportJob.objects.latest("pk"))
