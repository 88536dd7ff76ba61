"""Pages on which queues are set up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from calendars.forms.periods import tell_rows
from calendars.forms.weekdays import week_rows
from queues.actions import setup as actions
from queues.forms.setup import HostForm, NewHostForm, QueueForm, WindowsForm
from queues.models import Queue, QueueHost
from queues.queries import setup as queries

REFUSED = 422
CRUMBS = [("Queue", "/queue/"), ("Settings", "/queue/settings/")]


@require_GET
def queue_settings(request: HttpRequest) -> HttpResponse:
    """Show every queue."""
    _manager(request)
    context = {"queues": queries.queues_set_up(), "crumbs": CRUMBS[:1]}
    return render(request, "queues/setup/queues.html", context)


@require_http_methods(["GET", "POST"])
def queue_new(request: HttpRequest) -> HttpResponse:
    """Make a queue."""
    viewer = _manager(request)
    # Half-hour steps let an hour follow close behind the pause after another one.
    form = QueueForm(request.POST or None, initial=QueueForm.initial_of(Queue(step_minutes=30)))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            queue = actions.create_queue(actor=viewer, **form.cleaned_data)
            messages.success(request, f"{queue} is there. Now say who hosts its hours.")
            return redirect("queue_hosts", slug=queue.slug)
    return _page(request, "queues/setup/queue.html", form, {"crumbs": CRUMBS})


@require_http_methods(["GET", "POST"])
def queue_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a queue."""
    viewer = _manager(request)
    queue = get_object_or_404(Queue, slug=slug)
    form = QueueForm(request.POST or None, initial=QueueForm.initial_of(queue))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_queue(actor=viewer, queue=queue, **form.cleaned_data)
            messages.success(request, f"{form.cleaned_data['name']} is saved. What is booked stays booked.")
            return redirect("queue_settings")
    return _page(request, "queues/setup/queue.html", form, {"queue": queue, "crumbs": CRUMBS})


@require_http_methods(["GET", "POST"])
def queue_hosts(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a queue's hosts, and add one."""
    viewer = _manager(request)
    queue = get_object_or_404(Queue, slug=slug)
    form = NewHostForm(request.POST or None, queue=queue, initial=HostForm.initial_of(QueueHost()))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            host = actions.add_host(actor=viewer, queue=queue, **form.cleaned_data)
            messages.success(request, f"{host.person} hosts {queue}.")
            return redirect("queue_hosts", slug=slug)
    context = {"queue": queue, "hosts": queries.hosts_of(queue), "crumbs": CRUMBS}
    return _page(request, "queues/setup/hosts.html", form, context)


@require_http_methods(["GET", "POST"])
def queue_host(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a host gives."""
    viewer = _manager(request)
    host = get_object_or_404(QueueHost.objects.select_related("queue", "person"), pk=pk)
    form = HostForm(request.POST or None, initial=HostForm.initial_of(host))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_host(actor=viewer, host=host, **form.cleaned_data)
            messages.success(request, f"{host.person} is saved.")
            return redirect("queue_hosts", slug=host.queue.slug)
    crumbs = [*CRUMBS, (host.queue.name, reverse("queue_hosts", args=[host.queue.slug]))]
    return _page(request, "queues/setup/host.html", form, {"host": host, "crumbs": crumbs})


@require_http_methods(["GET", "POST"])
def queue_windows(request: HttpRequest, pk: int) -> HttpResponse:
    """Set in which hours of the week a host takes bookings; buttons add and remove rows, with or without scripts."""
    viewer = _manager(request)
    host = get_object_or_404(QueueHost.objects.select_related("queue", "person"), pk=pk)
    step = request.POST.get("step", "")
    if request.method == "POST" and not step:
        form = WindowsForm(request.POST)
        if form.is_valid():
            with refusals_shown_in(form):
                actions.set_windows(actor=viewer, host=host, windows=form.periods())
                messages.success(request, f"The hours of {host.person} are saved.")
                return _seen(request, reverse("queue_hosts", args=[host.queue.slug]))
    else:
        typed = week_rows(request.POST, step) if step else WindowsForm.initial_of(host)
        form = WindowsForm(initial=typed)
    address = reverse("queue_windows", args=[pk])
    tell_rows(form, address, step)
    crumbs = [*CRUMBS, (host.queue.name, reverse("queue_hosts", args=[host.queue.slug]))]
    template = "queues/setup/_windows_form.html" if request.htmx else "queues/setup/windows.html"  # type: ignore[attr-defined]
    return _page(request, template, form, {"host": host, "crumbs": crumbs, "address": address})


def _seen(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def _manager(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "queue.manage")
    return viewer


def _page(request: HttpRequest, template: str, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)
