"""Exports: asked from a list, made in the background, fetched by the person who asked."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import ExportJob
from accounts.permissions import require, staff_of
from core import files
from core.errors import NotFound
from core.ids import read_ids
from core.pagination import bounded_count
from core.progress import answer_progress
from workspace.actions.exports import KEEP, export_for, start_export
from workspace.lists import read_list
from workspace.lists.reading import PAGES
from workspace.views.lists import NEEDS

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def exports(request: HttpRequest) -> HttpResponse:
    """Show one's own exports; a POST starts one of the list it carries."""
    user = staff_of(request)
    require(user, "customer.export")
    if request.method != "POST":
        jobs = ExportJob.objects.filter(owner=user).select_related("file").order_by("-pk")[:SHOWN]
        return render(request, "workspace/exports.html", {"jobs": jobs, "keep_days": KEEP.days})
    page = request.POST.get("page", "")
    if page not in PAGES:
        raise NotFound("There is no such list.")
    require(user, NEEDS[page])
    ids = read_ids(request.POST.getlist("ids"))
    job = start_export(
        actor=user,
        listing=read_list(page, user, QueryDict(request.POST.get("list", ""))),
        file_format=request.POST.get("format", "csv"),
        customer_ids=[] if request.POST.get("all") else ids,
    )
    return redirect("export", pk=job.pk)


@require_safe
@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an export is, and where its file is."""
    job = export_for(staff_of(request), pk)
    listing = read_list(job.page, job.owner, {**job.query, "cols": job.columns})
    context = {"job": job, "progress": _progress(job), "back": listing.address(), "keep_days": KEEP.days}
    return render(request, "workspace/export.html", context)


@require_safe
@login_required
def export_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the page's question how far the export is."""
    job = export_for(staff_of(request), pk)
    return answer_progress(request, _progress(job), is_over=job.finished_at is not None)


@require_safe
@login_required
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file to the person who asked for it, and who still may export."""
    user = staff_of(request)
    require(user, "customer.export")
    job = export_for(user, pk)
    if job.file is None:
        raise NotFound("This export has no file.")
    response = StreamingHttpResponse(files.pieces(job.file), content_type=job.file.content_type)
    response["Content-Length"] = str(job.file.size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=job.file.name) or ""
    response["Cache-Control"] = "private, no-store"
    return response


def _progress(job: ExportJob) -> dict[str, Any]:
    listing = read_list(job.page, job.owner, job.query)
    total, more = (
        (len(job.selected_ids), False) if job.selected_ids else bounded_count(listing.customers("customer.export"))
    )
    done = job.finished_at is not None
    return {
        "id": "export-progress",
        "url": reverse("export_progress", kwargs={"pk": job.pk}),
        "label": "Writing the file" if job.state == ExportJob.State.RUNNING else "Waiting for a worker",
        "value": job.rows_done if not more else min(job.rows_done, total),
        "max": max(total, 1),
        "text": f"{job.rows_done:,} of {total:,}{'+' if more else ''} customers",
        "done": done,
    }
