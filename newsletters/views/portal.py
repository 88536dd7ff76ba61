"""The portal's pages of newsletters: what was sent, what to vote on, and what to get."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Contact, User
from accounts.portal import contact_of, contacts_of
from core.errors import Conflict
from newsletters.access import coming_for
from newsletters.actions.preferences import choose_several
from newsletters.actions.proposals import vote_as_customer
from newsletters.models import Channel, Preference, Topic
from newsletters.queries.portal import MOST_SHOWN, news_of
from newsletters.queries.preferences import choices_of
from newsletters.queries.proposals import coming_topics
from newsletters.views.answers import GET_POST


@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """Show what was sent, and what to vote on."""
    contact = contact_of(request)
    found = news_of(contact, limit=MOST_SHOWN + 1)
    context = _frame(request, contact) | {
        "news": found[:MOST_SHOWN],
        "more": len(found) > MOST_SHOWN,
        "coming": coming_topics(contact),
    }
    return render(request, "newsletters/portal/news.html", context)


@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Vote for a coming topic, or take the vote back."""
    contact = contact_of(request)
    proposal = coming_for(contact, pk)
    wants = request.POST.get("wants") == "1"
    try:
        vote_as_customer(contact=contact, proposal=proposal, wants=wants)
    except Conflict:
        messages.info(request, f"“{proposal}” is no longer open for votes.")
    else:
        said = f"Thank you: you voted for “{proposal}”." if wants else f"Your vote for “{proposal}” is taken back."
        messages.success(request, said)
    return redirect("portal_news")


@require_http_methods(GET_POST)
def choices(request: HttpRequest) -> HttpResponse:
    """Show and change what the contact gets, by topic and channel."""
    contact = contact_of(request)
    if request.method == "POST":
        changed = choose_several(
            contact=contact, choices=_chosen(request, contact), origin=Preference.Origin.PORTAL, actor=_login(request)
        )
        messages.success(request, "Your choice is saved." if changed else "Nothing was changed.")
        return redirect("portal_newsletter_choices")
    context = _frame(request, contact) | {"choices": choices_of(contact)}
    return render(request, "newsletters/portal/choices.html", context)


def _chosen(request: HttpRequest, contact: Contact) -> dict[tuple[Topic | None, str], bool]:
    """Return what the form changes: everything declined by its button, else each box that differs from what holds."""
    if "nothing" in request.POST:
        return {(None, channel): False for channel in Channel.values}
    return {
        (one.topic, channel): wants
        for one in choices_of(contact).topics
        for channel in Channel.values
        # Only topics that the form showed: one opened meanwhile was not declined.
        if f"shown-{one.topic.pk}" in request.POST
        and (wants := f"{channel}-{one.topic.pk}" in request.POST) is not getattr(one, channel)
    }


def _login(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _frame(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    return {"contact": contact, "customer": contact.customer, "companies": contacts_of(request)}
