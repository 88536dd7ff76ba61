"""Pages to log time given to a customer, and to correct one's own."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import customer_for, may_with
from accounts.forms.refusals import show_refusal
from accounts.models import Customer, User
from accounts.permissions import staff_of
from core.errors import ProductError
from segments.access import own_time_entry
from segments.actions.time import delete_time, edit_time, log_time
from segments.forms.time import TimeForm
from segments.models import TimeEntry
from segments.panels import hours_panel
from segments.queries.allowances import company_today
from segments.queries.panels import SHOWN_ENTRIES_OF_A_MONTH, hours_of
from segments.suggestions import suggestions_for
from segments.views.answers import REFUSED, crumbs_to, is_htmx, sent


@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a month of time given to the customer, and log more."""
    user = staff_of(request)
    if request.method != "POST":
        return _month(request, user, customer_for(user, pk), TimeForm())
    customer = customer_for(user, pk, "time.log")
    form = TimeForm(request.POST)
    over = False
    if form.is_valid():
        try:
            entry = log_time(actor=user, customer=customer, person=user, **form.cleaned_data)
        except ProductError as error:
            over = error.code == "over_allowance"
            _refuse(form, error)
        else:
            return _logged(request, user, customer, entry)
    return _month(request, user, customer, form, over=over, status=REFUSED)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct one's own entry."""
    user = staff_of(request)
    entry = own_time_entry(user, pk)
    customer = customer_for(user, entry.customer_id, "time.log")
    fields = ("minutes", "on", "activity", "note", "over_allowance_reason")
    initial = {field: getattr(entry, field) for field in fields}
    form = TimeForm(sent(request), initial=initial, asks_reason=bool(entry.over_allowance_reason))
    over = False
    if form.is_bound and form.is_valid():
        try:
            edit_time(actor=user, entry=entry, changes=form.cleaned_data)
        except ProductError as error:
            over = error.code == "over_allowance"
            _refuse(form, error)
        else:
            messages.success(request, "The entry is corrected.")
            return redirect("hours", pk=customer.pk)
    context = {
        "form": form,
        "entry": entry,
        "customer": customer,
        "crumbs": crumbs_to(customer),
        "suggestions": suggestions_for(customer, user) if over else [],
    }
    return render(request, "segments/edit_time.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own entry."""
    user = staff_of(request)
    entry = own_time_entry(user, pk)
    customer = customer_for(user, entry.customer_id)
    delete_time(actor=user, entry=entry)
    if is_htmx(request):
        return _toast(_panel(request, user, customer, TimeForm()), "The entry is deleted.")
    messages.success(request, "The entry is deleted.")
    return redirect("hours", pk=customer.pk)


def _refuse(form: TimeForm, error: ProductError) -> None:
    if error.code == "over_allowance":
        form.ask_reason()
    show_refusal(form, error)


def _logged(request: HttpRequest, user: User, customer: Customer, entry: TimeEntry) -> HttpResponse:
    text = f"{entry.minutes} min logged for {customer}."
    if is_htmx(request):
        return _toast(_panel(request, user, customer, TimeForm()), text)
    messages.success(request, text)
    return redirect("hours", pk=customer.pk)


def _toast(response: HttpResponse, text: str) -> HttpResponse:
    return trigger_client_event(response, "toast", {"level": "success", "text": text})


def _panel(
    request: HttpRequest, user: User, customer: Customer, form: TimeForm, *, over: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "customer": customer,
        "data": hours_panel(customer, user, form=form, over=over),
        "allowed": {"time.log"} if may_with(user, customer, "time.log") else set(),
    }
    return render(request, "segments/_hours_panel.html", context, status=status)


def _month(
    request: HttpRequest, user: User, customer: Customer, form: TimeForm, *, over: bool = False, status: int = 200
) -> HttpResponse:
    if is_htmx(request):
        return _panel(request, user, customer, form, over=over, status=status)
    month = _month_asked(request)
    context = {
        "customer": customer,
        "crumbs": crumbs_to(customer),
        "previous": month - relativedelta(months=1),
        "following": month + relativedelta(months=1),
        "form": form,
        "hours": hours_of(customer, user, month=month, limit=SHOWN_ENTRIES_OF_A_MONTH),
        "suggestions": suggestions_for(customer, user) if over else [],
        "may_log": may_with(user, customer, "time.log"),
        "this_month": company_today().replace(day=1),
    }
    return render(request, "segments/hours.html", context, status=status)


def _month_asked(request: HttpRequest) -> date:
    """Return the first day of the month in the address; this month where there is none that can be read."""
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return company_today().replace(day=1)
    return asked if 1990 < asked.year < 9000 else company_today().replace(day=1)
