"""Pages that exist only in the tests: one of each component, in the staff's shell and in the portal's."""

from pathlib import Path
from types import SimpleNamespace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone

from cs_platform.urls import urlpatterns as product_urls

NAMES = ["Northwind Logistics", "Bluepeak Energy", "Kaffa Coffee Importers", "Lumen Dental", "Alder & Finch"]

SERIES = {
    "categories": ["Maya", "Jonas"],
    "series": [{"name": "High touch", "values": [1, 2]}, {"name": "Low touch", "values": [3, None]}],
    "unit": "customers",
}
CHARTS = [
    ("bars", "bar", SERIES),
    ("stack", "stacked", SERIES),
    ("lines", "line", {"categories": ["Oct", "Nov"], "series": [{"name": "ARR", "values": [10, 12]}]}),
    ("heat", "heatmap", {"rows": ["Maya"], "columns": ["Mon", "Tue"], "values": [[4, None]]}),
    ("flow", "sankey", {"links": [{"source": "Low touch", "target": "High touch", "value": 2}]}),
]


def show(request: HttpRequest, name: str, **values: object) -> HttpResponse:
    """Return a page of the template beside this file."""
    source = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return HttpResponse(engines["django"].from_string(source).render(values, request))


def staff(request: HttpRequest) -> HttpResponse:
    """Show one of each component."""
    messages.success(request, "Saved.")
    messages.error(request, "Not saved.")
    return show(
        request,
        "component_staff.html",
        names=NAMES,
        page=SimpleNamespace(previous="a", next="b", count=1001),
        crumbs=[("Customers", "/customers/")],
        stages=["lead", "trial", "onboarding", "adoption", "renewal", "churned"],
        states=["draft", "active", "waiting", "rejected", "running", "failed", "done", "cancelled"],
        charts=CHARTS,
        now=timezone.now(),
    )


def portal(request: HttpRequest) -> HttpResponse:
    """Show the portal's shell."""
    return show(request, "component_portal.html")


def job(request: HttpRequest) -> HttpResponse:
    """Answer that the job is done."""
    values = {
        "id": "job",
        "url": "/tests/job/",
        "label": "Import",
        "value": 10,
        "max": 10,
        "text": "all 10",
        "done": True,
    }
    return HttpResponse(render_to_string("components/progress_job.html", values | {"done": True}))


def bulk(request: HttpRequest) -> HttpResponse:
    """Answer with what was selected."""
    return HttpResponse(f"moved {','.join(request.POST.getlist('ids'))} by {request.POST['action']}")


def opened(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with the row that was opened."""
    return HttpResponse(f"opened {number}")


urlpatterns = [
    path("tests/components/", staff),
    path("portal/tests/", portal),
    path("tests/job/", job),
    path("tests/bulk/", bulk),
    path("tests/opened/<int:number>/", opened),
    *product_urls,
]
