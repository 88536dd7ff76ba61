"""How this app's pages answer: refused input comes back with what was typed, parts of pages go to htmx."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

REFUSED = 422
GET_POST = ["GET", "HEAD", "POST"]


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))


def form_page(request: HttpRequest, template: str, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """Return the page with the form; one that was refused says so in its status, which htmx needs to show it."""
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)
