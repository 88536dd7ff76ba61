"""Pages of the topics."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import may, require, staff_of
from core.errors import Conflict
from newsletters.access import topic_for
from newsletters.actions.topics import create_topic, move_topic, set_topic_open, update_topic
from newsletters.forms.topics import TopicForm
from newsletters.models import Topic
from newsletters.queries.topics import topic_lines
from newsletters.views.answers import GET_POST, form_page

CRUMBS = [("Topics", "/newsletters/topics/")]


@require_GET
def topics(request: HttpRequest) -> HttpResponse:
    """Show the topics with who gets them."""
    viewer = staff_of(request)
    require(viewer, "newsletter.view")
    context = {
        "lines": topic_lines(),
        "may_change": may(viewer, "newsletter.topics"),
        "may_set": may(viewer, "newsletter.settings"),
    }
    return render(request, "newsletters/topics/list.html", context)


@require_http_methods(GET_POST)
def topic_new(request: HttpRequest) -> HttpResponse:
    """Make a topic."""
    viewer = _owner(request)
    form = TopicForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            topic = create_topic(actor=viewer, **form.cleaned_data)
            messages.success(request, f"{topic} is there. Contacts find it where they choose what they get.")
            return redirect("newsletter_topics")
    return form_page(request, "newsletters/topics/form.html", form, {"crumbs": CRUMBS})


@require_http_methods(GET_POST)
def topic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a topic."""
    viewer = _owner(request)
    topic = topic_for(viewer, pk)
    sent = request.POST if request.method == "POST" else None
    form = TopicForm(sent, initial=TopicForm.initial_of(topic))
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            saved = update_topic(actor=viewer, topic=topic, **form.cleaned_data)
            messages.success(request, f"{saved} is saved.")
            return redirect("newsletter_topics")
    return form_page(request, "newsletters/topics/form.html", form, {"topic": topic, "crumbs": CRUMBS})


@require_POST
def topic_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open or close a topic."""
    viewer = _owner(request)
    topic = topic_for(viewer, pk)
    is_open = request.POST.get("open") == "1"
    try:
        set_topic_open(actor=viewer, topic=topic, is_open=is_open)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        said = f"{topic} is open again." if is_open else f"{topic} is closed. It keeps its past and takes no new issue."
        messages.success(request, said)
    return redirect("newsletter_topics")


@require_POST
def topic_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a topic one place up or down."""
    viewer = _owner(request)
    topic: Topic = topic_for(viewer, pk)
    move_topic(actor=viewer, topic=topic, steps=-1 if request.POST.get("to") == "up" else 1)
    return redirect("newsletter_topics")


def _owner(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "newsletter.topics")
    return viewer
