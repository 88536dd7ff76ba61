"""The page of the house rules of newsletters, and of how fast receivers are served."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.refusals import refusals_shown_in
from accounts.models import CompanySettings, User
from accounts.permissions import require, staff_of
from newsletters.actions.settings import set_pace, speed_up, update_settings
from newsletters.forms.settings import PaceForm, SettingsForm
from newsletters.models import NewsletterSettings
from newsletters.queries.pace import pace_lines
from newsletters.views.answers import GET_POST
from segments.views.answers import REFUSED

CRUMBS = [("Newsletters", "/newsletters/")]


@require_http_methods(GET_POST)
def newsletter_settings(request: HttpRequest) -> HttpResponse:
    """Show and change the house rules."""
    viewer = _setter(request)
    sent = request.POST if request.method == "POST" else None
    form = SettingsForm(sent, initial=SettingsForm.initial_of(NewsletterSettings.current()))
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            update_settings(actor=viewer, **form.cleaned_data)
            messages.success(request, "The settings are saved. Issues already on their way keep theirs.")
            return redirect("newsletter_settings")
    return _page(request, form, PaceForm())


@require_POST
def newsletter_pace(request: HttpRequest) -> HttpResponse:
    """Set how many mails a minute a receiving domain gets."""
    viewer = _setter(request)
    form = PaceForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            pace = set_pace(actor=viewer, **form.cleaned_data)
            whom = pace.domain or "All mail"
            said = f"{whom}: at most {pace.per_minute:,} a minute." if pace.per_minute else f"{whom}: no limit."
            messages.success(request, said)
            return redirect("newsletter_settings")
    return _page(request, SettingsForm(initial=SettingsForm.initial_of(NewsletterSettings.current())), form)


@require_POST
def newsletter_speed_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve a slowed domain at full speed again."""
    pace = speed_up(actor=_setter(request), pace_id=pk)
    messages.success(request, f"{pace.domain or 'All mail'} goes at full speed again, until it is refused once more.")
    return redirect("newsletter_settings")


def _setter(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "newsletter.settings")
    return viewer


def _page(request: HttpRequest, form: forms.Form, pace_form: forms.Form) -> HttpResponse:
    context = {
        "form": form,
        "pace_form": pace_form,
        "lines": pace_lines(),
        "crumbs": CRUMBS,
        "company": CompanySettings.current(),
    }
    is_refused = any(one.is_bound and one.errors for one in (form, pace_form))
    return render(request, "newsletters/settings/settings.html", context, status=REFUSED if is_refused else 200)
