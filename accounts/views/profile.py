"""Pages about oneself: the profile and the API tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.people import update_profile
from accounts.actions.tokens import create_token, revoke_token
from accounts.forms.people import ProfileForm, TokenForm
from accounts.forms.refusals import refusals_shown_in
from accounts.models import ApiToken
from accounts.permissions import may, require, staff_of
from accounts.sealing import seal, unseal

NEW_TOKEN = "new_api_token"  # noqa: S105  a key of the session


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change what concerns oneself alone."""
    person = staff_of(request)
    form = ProfileForm(request.POST or None, initial=ProfileForm.initial_of(person))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            update_profile(person=person, changes=form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect("profile")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "may_have_tokens": may(person, "token.create"), "may_host": may(person, "queue.host")}
    return render(request, "accounts/people/profile.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Show one's API tokens and make a new one, whose text is shown once."""
    person = staff_of(request)
    require(person, "token.create")
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        with refusals_shown_in(form):
            _, text = create_token(person=person, name=answers["name"], scopes=[answers["scope"]], days=answers["days"])
            # Kept until the next page shows it, which forgets it: going back or loading again shows it no more.
            request.session[NEW_TOKEN] = seal(text)
            return redirect("api_tokens")
    shown = request.session.pop(NEW_TOKEN, "") if request.method == "GET" else ""
    context = {
        "form": form,
        "tokens": person.auth_token_set.order_by("-created"),
        "now": timezone.now(),
        "crumbs": [("Your profile", reverse("profile"))],
        "new_token": unseal(shown) if shown else "",
    }
    return render(request, "accounts/people/tokens.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def token_revoke(request: HttpRequest) -> HttpResponse:
    """End one of one's own tokens."""
    person = staff_of(request)
    token = ApiToken.objects.filter(user=person, pk=request.POST.get("token", "")).first()
    if token is not None:
        revoke_token(person=person, token=token)
        messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("api_tokens")
