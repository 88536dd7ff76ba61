"""How this app's pages answer: refused input comes back with what was typed, parts of pages go to htmx."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from segments.views.answers import REFUSED

GET_POST = ["GET", "HEAD", "POST"]


def form_page(request: HttpRequest, template: str, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """Return the page with the form; one that was refused says so in its status, which htmx needs to show it."""
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)
