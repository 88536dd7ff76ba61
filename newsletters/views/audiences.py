"""What the fields of an audience show while they are filled in: how many get it, and whom a search finds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import visible_customers
from accounts.figures import company_today
from accounts.models import User
from accounts.permissions import may, require, staff_of
from core.ids import read_id
from core.transactions import TookTooLong, answered_within
from newsletters.audiences import AudienceContent, sample, sentence, tally
from newsletters.forms.audiences import AudienceForm
from newsletters.models import Audience, Channel, Topic
from newsletters.queries.picks import search_picks

# A person who waits for longer has changed something else by then.
COUNT_SECONDS = 5.0


@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Show how many would get it, how many not and why, and some of them; nothing is saved.

    It is asked again with each change, and the browser waits only for the last answer: none may take long.
    """
    user = _editor(request)
    channel = request.GET.get("channel", Channel.MAIL)
    topic = Topic.objects.filter(pk=read_id(request.GET.get("topic")) or 0).first()
    form = AudienceForm(request.POST, user=user, audience=_audience(request), channel=channel, topic=topic)
    if not form.is_valid():
        return render(request, "newsletters/_audience_count.html", {"problems": _problems(form)})
    try:
        with answered_within(COUNT_SECONDS):
            context = _counted(user, form.content(), channel, topic)
    except TookTooLong:
        context = {"is_slow": True}
    return render(request, "newsletters/_audience_count.html", context)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Show who is picked, and whom the search finds besides; sent as a form, because the picks fit into no address."""
    user = _editor(request)
    form = AudienceForm(request.POST, user=user, audience=_audience(request))
    picked = form.fields["picked"].choices  # type: ignore[attr-defined]
    keys = {key for key, _ in picked}
    wanted = request.POST.get("audience-q", "").strip()
    found = [pick for pick in search_picks(user, wanted) if pick.key not in keys]
    context = {"picks": picked, "found": found, "wanted": wanted}
    return render(request, "newsletters/_audience_picks.html", context)


def _editor(request: HttpRequest) -> User:
    user = staff_of(request)
    if not may(user, "notice.edit"):
        require(user, "newsletter.edit")
    return user


def _counted(user: User, content: AudienceContent, channel: str, topic: Topic | None) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "channel": Channel.NOTICE if channel == Channel.NOTICE else Channel.MAIL,
        "topic": topic,
        "today": company_today(),
    }
    return {
        "counted": tally(content, **asked),
        "words": sentence(content),
        "contacts": sample(content, **asked, visible=visible_customers(user)),
    }


def _problems(form: AudienceForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _audience(request: HttpRequest) -> Audience | None:
    return Audience.objects.filter(pk=read_id(request.GET.get("audience")) or 0).first()
