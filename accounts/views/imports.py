"""Pages of imports: upload, columns and preview, progress, result, undo."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import import_for
from accounts.actions import imports as actions
from accounts.forms.imports import ColumnsForm, LayoutForm, UploadForm
from accounts.forms.refusals import refusals_shown_in, show_refusal
from accounts.imports import checking, previewing, rejections, undoing
from accounts.imports.jobs import known_fields, work_of
from accounts.models import CompanySettings, ImportJob, User
from accounts.models.imports import ImportKind
from accounts.permissions import require, staff_of
from accounts.queries import imports as queries
from core.errors import ProductError
from core.progress import answer_progress

State = ImportJob.State
AT_WORK = (State.QUEUED, State.RUNNING, State.UNDOING)
PIECE = 1024 * 1024


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Show who imported what, the newest first."""
    viewer = _importer(request)
    page = queries.imports_page(viewer, cursor=request.GET.get("after") or request.GET.get("before", ""))
    return render(request, "accounts/imports/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Take a file and guess its columns."""
    viewer = _importer(request)
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_shown_in(form):
            job = actions.upload_file(
                actor=viewer,
                kind=form.cleaned_data["kind"],
                name=file.name,
                content_type=file.content_type or "",
                pieces=file.chunks(PIECE),
            )
            _check(job)
            return redirect("import", pk=job.pk)
    context = {"form": form, "crumbs": [("Imports", reverse("imports"))]}
    return render(request, "accounts/imports/upload.html", context, status=422 if form.errors else 200)


@require_GET
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import as far as it is: its preview, its progress or its result."""
    job = import_for(_importer(request), pk)
    if job.state == State.PREVIEW:
        return _preview(request, job)
    if job.state in AT_WORK:
        return render(request, "accounts/imports/progress.html", {**_basics(job), **_progress(job)})
    kept, kept_count = queries.shown_kept(job) if job.state == State.UNDONE else ([], 0)
    context = {
        **_basics(job),
        "rejections": queries.shown_rejections(job),
        "kept": kept,
        "kept_count": kept_count,
        "can_undo": job.state in actions.UNDOABLE and job.created_count + job.updated_count > 0,
        "can_continue": job.state in (State.FAILED, State.CANCELLED),
        "columns": queries.columns_of(job, known_fields(job.kind)),
    }
    return render(request, "accounts/imports/result.html", context)


@require_POST
def import_layout(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file with another encoding, delimiter, sheet or header row."""
    viewer = _importer(request)
    job = import_for(viewer, pk)
    form = LayoutForm(job, request.POST)
    if not form.is_valid():
        return _preview(request, job, layout=form)
    try:
        job = actions.change_layout(actor=viewer, job=job, **form.cleaned_data)
    except ProductError as error:
        show_refusal(form, error)
        return _preview(request, job, layout=form)
    _check(job)
    return redirect("import", pk=pk)


@require_POST
def import_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file as one of another kind."""
    viewer = _importer(request)
    job = actions.change_kind(actor=viewer, job=import_for(viewer, pk), kind=request.POST.get("kind", ""))
    _check(job)
    return redirect("import", pk=pk)


@require_POST
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the chosen columns; check the file again, or start where nothing was changed since the last check."""
    viewer = _importer(request)
    job = import_for(viewer, pk)
    form = ColumnsForm(job, known_fields(job.kind), CompanySettings.current().currency, request.POST)
    if not form.is_valid():
        return _preview(request, job, columns=form)
    mapping, options = form.mapping(), form.options()
    is_as_checked = mapping == job.mapping and options == {name: job.options.get(name, _NONE[name]) for name in options}
    try:
        if request.POST.get("next") == "start" and is_as_checked and job.preview.get("done"):
            actions.start_import(actor=viewer, job=job)
            return redirect("import", pk=pk)
        job = actions.choose_columns(actor=viewer, job=job, mapping=mapping, options=options)
    except ProductError as error:
        show_refusal(form, error)
        return _preview(request, job, columns=form)
    if request.POST.get("next") == "start":
        messages.info(request, "The choices have changed. Look at what the import would do now, then start it.")
    _check(job)
    return redirect("import", pk=pk)


@require_GET
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a page that asks how far the work is; tell it to load anew where the work has ended."""
    job = import_for(_importer(request), pk)
    checks = job.state == State.PREVIEW and not job.preview.get("done")
    at_work = job.state in AT_WORK or checks
    return answer_progress(request, _progress(job), is_over=not at_work, template="accounts/imports/_progress.html")


@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an import, and keep or take back what it has brought in."""
    viewer = _importer(request)
    actions.cancel_import(actor=viewer, job=import_for(viewer, pk), undo=request.POST.get("keep") == "no")
    return redirect("import", pk=pk)


@require_POST
def import_continue(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with an import that stopped."""
    viewer = _importer(request)
    actions.continue_import(actor=viewer, job=import_for(viewer, pk))
    return redirect("import", pk=pk)


@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a whole import."""
    viewer = _importer(request)
    actions.undo_import(actor=viewer, job=import_for(viewer, pk))
    return redirect("import", pk=pk)


@require_POST
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a file that was not imported."""
    viewer = _importer(request)
    actions.discard_import(actor=viewer, job=import_for(viewer, pk))
    messages.success(request, "The file was discarded; nothing was imported.")
    return redirect("imports")


@require_GET
def import_rejected(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Hand out the rejected rows with their reasons."""
    job = import_for(_importer(request), pk)
    return _csv(job, "rejected", rejections.csv_lines(job.header, rejections.rejected_rows(job)))


@require_GET
def import_problems(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Hand out every problem that the check of the whole file finds."""
    job = import_for(_importer(request), pk)

    def lines() -> Iterator[str]:
        yield "\ufeff" + rejections.csv_line(["Row", "Column", "What happens", "Problem"])
        with work_of(job, writes=False) as work:
            for number, _, what, problem in previewing.problems_of(work):
                yield rejections.csv_line([str(number), problem.column, what, problem.text])

    return _csv(job, "problems", lines())


@require_GET
def import_kept(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Hand out what an undo kept, with the reasons."""
    job = import_for(_importer(request), pk)

    def lines() -> Iterator[str]:
        yield "\ufeff" + rejections.csv_line(["Number", "What was kept"])
        for change in undoing.kept(job).iterator(chunk_size=1_000):
            yield rejections.csv_line([str(change.object_id), change.undo_result])

    return _csv(job, "kept", lines())


_NONE: dict[str, Any] = {
    "date_order": {},
    "decimal_mark": {},
    "minor_units": [],
    "empty_cells": "keep",
    "bad_values": "reject",
    "currency": "",
    "end_is_last_day": False,
}


def _importer(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "customer.import")
    return viewer


def _check(job: ImportJob) -> None:
    """Check a small file at once, so that its preview is there with the page; leave a large one to a worker."""
    if job.file.size <= checking.QUICK_BYTES:
        checking.check(job.pk)
    else:
        with transaction.atomic():
            actions.ask_for_check(job=job)


def _preview(
    request: HttpRequest, job: ImportJob, *, columns: ColumnsForm | None = None, layout: LayoutForm | None = None
) -> HttpResponse:
    if job.state != State.PREVIEW:
        return redirect("import", pk=job.pk)
    fields = known_fields(job.kind)
    status = 422 if (columns is not None and columns.errors) or (layout is not None and layout.errors) else 200
    columns = columns or ColumnsForm(job, fields, CompanySettings.current().currency)
    headings, rows = queries.preview_table(job, fields)
    context = {
        **_basics(job),
        **_progress(job),
        "columns": columns,
        "layout": layout or LayoutForm(job),
        "headings": headings,
        "rows": rows,
        "preview": job.preview,
        "likelier": ImportKind(job.options["likelier_kind"]) if job.options.get("likelier_kind") else None,
        "left_out": [column for column in job.header if column not in job.mapping],
        "problems": job.preview.get("problems", [])[: queries.SHOWN_PROBLEMS],
        "reasons": queries.reasons(job),
    }
    return render(request, "accounts/imports/preview.html", context, status=status)


def _basics(job: ImportJob) -> dict[str, Any]:
    return {"job": job, "crumbs": [("Imports", reverse("imports"))]}


def _progress(job: ImportJob) -> dict[str, Any]:
    """Return what the progress bar shows."""
    if job.state == State.PREVIEW:
        done, label = job.preview.get("rows_done", 0), "Checking the file"
        return {
            "job": job,
            "label": label,
            "value": done,
            "max": max(job.total_rows, done, 1),
            "text": f"{done:,} rows",
            "ended": bool(job.preview.get("done")),
        }
    if job.state == State.UNDOING:
        done, total = undoing.undo_progress(job)
        return {"job": job, "label": "Undoing", "value": done, "max": max(total, done, 1), "ended": False,
                "text": f"{done:,} of {total:,} changes"}  # fmt: skip
    done, total = queries.rows_done(job), job.total_rows
    label = "Waiting for a worker" if job.state == State.QUEUED else "Stopping" if job.cancel_requested else "Importing"
    return {"job": job, "label": label, "value": done, "max": max(total, done, 1), "ended": job.state not in AT_WORK,
            "text": f"{done:,} of {total:,} rows"}  # fmt: skip


def _csv(job: ImportJob, what: str, lines: Iterator[str]) -> StreamingHttpResponse:
    name = slugify(job.file.name.rpartition(".")[0] or job.file.name) or "import"
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{what}.csv"'
    return response
