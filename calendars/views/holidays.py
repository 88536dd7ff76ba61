"""The settings' page of days on which the company is closed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from calendars.actions import hours as actions
from calendars.forms.holidays import HolidayForm
from calendars.models import CompanyHoliday

REFUSED = 422
SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def company_holidays(request: HttpRequest) -> HttpResponse:
    """Show the company's own holidays and add one."""
    user = _administrator(request)
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            holiday = actions.add_company_holiday(actor=user, **form.cleaned_data)
            messages.success(request, f"Nobody has to work on {holiday.on:%-d %B %Y}: {holiday.name}.")
            return redirect("company_holidays")
    today = timezone.localdate()
    context = {
        "tab": "holidays",
        "form": form,
        "to_come": list(CompanyHoliday.objects.filter(on__gte=today)[:SHOWN]),
        "past": list(CompanyHoliday.objects.filter(on__lt=today).order_by("-on")[:SHOWN]),
    }
    return render(request, "calendars/company_holidays.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of the company's holidays away."""
    user = _administrator(request)
    actions.delete_company_holiday(actor=user, holiday=get_object_or_404(CompanyHoliday, pk=pk))
    messages.success(request, "The holiday is taken away.")
    return redirect("company_holidays")


def _administrator(request: HttpRequest) -> User:
    user = staff_of(request)
    require(user, "settings.manage")
    return user
