"""The preview of an issue as any contact gets it, and test mails."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from accounts.access import contact_for
from accounts.forms.refusals import refusals_shown_in
from accounts.models import Contact, User
from accounts.permissions import may, staff_of
from core.errors import ProductError
from core.ids import read_id
from newsletters.access import issue_for
from newsletters.actions.tests import send_test
from newsletters.forms.tests import TestForm
from newsletters.models import Issue
from newsletters.queries.preview import contacts_called, edition_for_preview, recipient_for_preview
from newsletters.rendering.preview import framed
from newsletters.views.frame import CRUMBS
from segments.views.answers import REFUSED, is_htmx, sent

WAYS = {"desktop": "Desktop", "phone": "Phone", "text": "Plain text"}
VARIANTS = {"a": "First subject", "b": "Second subject"}


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an issue as somebody gets it: in place for htmx, or as a page."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    context = {"issue": issue, "preview": preview_context(request, user, issue)}
    if is_htmx(request):
        return render(request, "newsletters/issues/_preview.html", context)
    crumbs = [*CRUMBS, (issue.title, reverse("newsletter_content", args=[pk]))]
    return render(request, "newsletters/issues/preview.html", context | {"crumbs": crumbs})


@require_safe
def preview_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the mail's HTML for a frame in which nothing runs and every link opens beside it."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    recipient = recipient_for_preview(_contact(request, user), variant=_variant(request, issue))
    html = edition_for_preview(issue).html(recipient)
    return framed(html)


@require_safe
def preview_contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """List contacts of the name that was typed, to see the issue as one of them."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    context = {"issue": issue, "preview": preview_context(request, user, issue)}
    return render(request, "newsletters/issues/_preview_contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def test_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test to oneself or to colleagues."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    contact = _contact(request, user)
    form = TestForm(sent(request), initial={"to": user.email})
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            to = form.cleaned_data["to"]
            send_test(actor=user, issue=issue, to=to, contact=contact, variant=_variant(request, issue))
            return _test_sent(request, issue, [person.email for person in to])
    query = urlencode({"contact": contact.pk if contact else "", "variant": _variant(request, issue)})
    context = {
        "issue": issue,
        "form": form,
        "contact": contact,
        "address": f"{reverse('newsletter_test', args=[pk])}?{query}",
        "crumbs": [*CRUMBS, (issue.title, reverse("newsletter_content", args=[pk]))],
    }
    template = "_test_form" if is_htmx(request) else "test"
    return render(request, f"newsletters/issues/{template}.html", context, status=REFUSED if form.is_bound else 200)


def preview_context(request: HttpRequest, user: User, issue: Issue) -> dict[str, Any]:
    """Return what the preview shows: as whom, in which way, and who else is found."""
    way = request.GET.get("way", "desktop")
    contact, variant, words = (
        _contact(request, user),
        _variant(request, issue),
        request.GET.get("who", "").replace("\0", " ").strip(),
    )
    kept = {"way": way if way in WAYS else "desktop", "contact": contact.pk if contact else "", "variant": variant}
    address = reverse("newsletter_preview", args=[issue.pk])
    found: dict[str, Any] = {
        "way": kept["way"],
        # Where nobody has chosen yet, the page chooses by its width.
        "is_way_chosen": "way" in request.GET,
        "contact": contact,
        "variant": variant,
        "who": words,
        "found": contacts_called(user, words) if words else [],
        "address": f"{address}?{urlencode(kept)}",
        "ways": [(key, label, f"{address}?{urlencode(kept | {'way': key})}") for key, label in WAYS.items()],
        "variants": [
            (key, label, f"{address}?{urlencode(kept | {'variant': key})}")
            for key, label in VARIANTS.items()
            if issue.subject_b
        ],
        "as_nobody": f"{address}?{urlencode(kept | {'contact': ''})}",
        "frame": f"{reverse('newsletter_preview_mail', args=[issue.pk])}?{urlencode(kept | {'v': issue.version})}",
        "may_test": may(user, "newsletter.edit"),
    }
    try:
        edition, recipient = edition_for_preview(issue), recipient_for_preview(contact, variant=variant)
        found |= {"subject": edition.subject(recipient), "sender": edition.envelope, "text": edition.text(recipient)}
    except ProductError as error:
        found["problem"] = error.message
    return found


def _test_sent(request: HttpRequest, issue: Issue, addresses: list[str]) -> HttpResponse:
    words = f"The test is on its way to {', '.join(addresses)}."
    if not is_htmx(request):
        messages.success(request, words)
        return redirect("newsletter_content", pk=issue.pk)
    response = HttpResponse("")
    trigger_client_event(response, "toast", {"level": "success", "text": words})
    trigger_client_event(response, "close-dialog", {}, after="settle")
    return response


def _contact(request: HttpRequest, user: User) -> Contact | None:
    """Return the contact that the address names, if the person sees its customer; raise NotFound otherwise."""
    asked = read_id(request.GET.get("contact"))
    return contact_for(user, asked) if asked else None


def _variant(request: HttpRequest, issue: Issue) -> str:
    asked = request.GET.get("variant", "")
    return asked if issue.subject_b and asked in VARIANTS else "a"
