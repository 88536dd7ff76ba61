"""Pages of the company's settings: house rules, exchange rates, custom fields."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions import company as actions
from accounts.forms.refusals import refusals_shown_in
from accounts.forms.settings import CompanyForm, CustomFieldForm, RateForm
from accounts.models import CompanySettings, CustomField, ExchangeRate, User
from accounts.permissions import require, staff_of
from core.errors import ProductError


def _administrator(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "settings.manage")
    return viewer


@require_http_methods(["GET", "POST"])
def company(request: HttpRequest) -> HttpResponse:
    """Show and change the company's house rules."""
    viewer = _administrator(request)
    form = CompanyForm(request.POST or None, initial=CompanyForm.initial_of(CompanySettings.current()))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_company(actor=viewer, changes=form.cleaned_data)
            messages.success(request, "The settings are saved.")
            return redirect("settings")
    return _page(request, "company", {"form": form})


@require_http_methods(["GET", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """Show the exchange rates and add one."""
    viewer = _administrator(request)
    form = RateForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            saved = actions.save_rate(actor=viewer, **form.cleaned_data)
            messages.success(
                request, f"{saved.currency} is worth {saved.rate.normalize():f} from {saved.valid_from} on."
            )
            return redirect("settings_rates")
    return _page(request, "rates", {"form": form, "rates": ExchangeRate.objects.all()[:500]})


@require_POST
def rate_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an exchange rate."""
    viewer = _administrator(request)
    rate = get_object_or_404(ExchangeRate, pk=pk)
    try:
        actions.delete_rate(actor=viewer, rate=rate)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The rate is deleted.")
    return redirect("settings_rates")


@require_GET
def fields(request: HttpRequest) -> HttpResponse:
    """Show the custom fields."""
    _administrator(request)
    return _page(request, "fields", {"fields": CustomField.objects.all()})


@require_http_methods(["GET", "POST"])
def field_new(request: HttpRequest) -> HttpResponse:
    """Add a custom field."""
    viewer = _administrator(request)
    form = CustomFieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "is_active"}
        with refusals_shown_in(form):
            field = actions.create_field(actor=viewer, **facts)
            messages.success(request, f"Every customer has “{field}” now.")
            return redirect("settings_fields")
    del form.fields["is_active"]
    return _page(request, "field_form", {"form": form, "field": None, "crumbs": _field_crumbs()})


@require_http_methods(["GET", "POST"])
def field_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a custom field, or take it out of use."""
    viewer = _administrator(request)
    field = get_object_or_404(CustomField, pk=pk)
    form = CustomFieldForm(request.POST or None, initial=CustomFieldForm.initial_of(field))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_field(actor=viewer, field=field, changes=form.cleaned_data)
            messages.success(request, f"“{field}” is saved.")
            return redirect("settings_fields")
    return _page(request, "field_form", {"form": form, "field": field, "crumbs": _field_crumbs()})


def _field_crumbs() -> list[tuple[str, str]]:
    return [("Settings", reverse("settings")), ("Custom fields", reverse("settings_fields"))]


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    refused = request.method == "POST"
    return render(request, f"accounts/settings/{name}.html", {"tab": name, **context}, status=422 if refused else 200)
