"""Bulk changes: say what, see for how many, send once, read what came of each customer."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import require, staff_of
from core.errors import Invalid, NotFound
from core.ids import read_ids
from core.progress import answer_progress
from workspace.actions.bulk import ACTIONS, BULK_LIMIT, INLINE_LIMIT, run_bulk, start_bulk
from workspace.forms import BulkForm
from workspace.lists import CustomerList, read_list
from workspace.lists.reading import PAGES
from workspace.models import BulkJob, BulkResult
from workspace.views.lists import NEEDS

SHOWN_RESULTS = 200


@require_POST
@login_required
def prepare(request: HttpRequest) -> HttpResponse:
    """Ask what to set on the customers selected, or on all that match the list."""
    user, listing, change = _asked(request)
    ids = _selected(request, listing, change)
    return _form_page(request, listing, change, ids, BulkForm(actor=user, change=change))


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Start the change: up to a page of customers at once, more in the background."""
    user, listing, change = _asked(request)
    form = BulkForm(request.POST, actor=user, change=change)
    earlier = _sent_before(user, form)
    if earlier is not None:
        return redirect("bulk_job", pk=earlier.pk)
    ids = _selected(request, listing, change)
    if form.is_valid() and str(len(ids)) != request.POST.get("expected", str(len(ids))):
        form.add_error(
            None, f"The list has changed meanwhile: it is {len(ids):,} customers now. Look again, then go on."
        )
    if not form.is_valid():
        return _form_page(request, listing, change, ids, form, status=422)
    job = start_bulk(
        actor=user,
        listing=listing,
        customer_ids=ids,
        change=change,
        values=form.values,
        request_key=form.cleaned_data["request_key"],
    )
    if job.total <= INLINE_LIMIT:
        run_bulk(job.pk)
    return redirect("bulk_job", pk=job.pk)


@require_safe
@login_required
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a bulk change is and what came of each customer."""
    job = _job_for(staff_of(request), pk)
    outcome = request.GET.get("outcome", "")
    results = job.results.order_by("-outcome", "id")
    if outcome in BulkResult.Outcome.values:
        results = results.filter(outcome=outcome)
    listing = read_list(job.page, job.owner, job.query)
    context = {
        "job": job,
        "counts": _counts(job),
        "results": results[:SHOWN_RESULTS],
        "shown": SHOWN_RESULTS,
        "outcome": outcome,
        "back": listing.address(),
        "progress": _progress(job),
    }
    return render(request, "workspace/bulk_job.html", context)


@require_safe
@login_required
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the page's question how far the change is."""
    job = _job_for(staff_of(request), pk)
    return answer_progress(request, _progress(job), is_over=job.finished_at is not None)


def _asked(request: HttpRequest) -> tuple[User, CustomerList, str]:
    user = staff_of(request)
    page, change = request.POST.get("page", ""), request.POST.get("change", "")
    if page not in PAGES or change not in ACTIONS:
        raise NotFound("There is no such list or change.")
    require(user, NEEDS[page])
    require(user, ACTIONS[change])
    return user, read_list(page, user, QueryDict(request.POST.get("list", ""))), change


def _selected(request: HttpRequest, listing: CustomerList, change: str) -> list[int]:
    """Return the ids meant: those ticked, or all of the list that the person may change so."""
    if request.POST.get("all"):
        listing.require_readable()
        ids = list(listing.customers(ACTIONS[change]).order_by("pk").values_list("pk", flat=True)[: BULK_LIMIT + 1])
    else:
        ids = read_ids(request.POST.getlist("ids"))
    if not ids:
        raise Invalid("None of these customers is yours to change so; select others.", code="nothing_selected")
    if len(ids) > BULK_LIMIT:
        raise Invalid(
            f"More than {BULK_LIMIT:,} customers match, the most that is changed at once; narrow the list.",
            code="too_many_selected",
        )
    return ids


def _sent_before(user: User, form: BulkForm) -> BulkJob | None:
    try:
        key = form.fields["request_key"].clean(form.data.get("request_key"))
    except ValidationError:  # a key that cannot be read was never used
        return None
    return BulkJob.objects.filter(owner=user, request_key=key).first()


def _form_page(
    request: HttpRequest, listing: CustomerList, change: str, ids: list[int], form: BulkForm, *, status: int = 200
) -> HttpResponse:
    is_all = bool(request.POST.get("all"))
    context = {
        "form": form,
        "listing": listing,
        "change": BulkJob.Change(change),
        "count": len(ids),
        "ids": [] if is_all else ids,
        "is_all": is_all,
        "in_background": len(ids) > INLINE_LIMIT,
        "list_query": listing.address().partition("?")[2],
    }
    return render(request, "workspace/bulk_form.html", context, status=status)


def _job_for(user: User, pk: int) -> BulkJob:
    job = BulkJob.objects.filter(owner=user, pk=pk).first()
    if job is None:
        raise NotFound("There is no such bulk change.")
    return job


def _counts(job: BulkJob) -> list[tuple[str, str, int]]:
    values = job.results.order_by().values_list("outcome", flat=True)
    return [(one.value, str(one.label), values.filter(outcome=one).count()) for one in BulkResult.Outcome]


def _progress(job: BulkJob) -> dict[str, Any]:
    done = job.results.count()
    return {
        "id": "bulk-progress",
        "url": reverse("bulk_progress", kwargs={"pk": job.pk}),
        "label": job.get_change_display(),
        "value": done,
        "max": job.total,
        "text": f"{done:,} of {job.total:,} customers",
        "done": job.finished_at is not None,
    }
