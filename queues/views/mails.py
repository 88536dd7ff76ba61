"""The mails about hours of which nobody knows whether they arrived, or that were refused: a manager decides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import staff_of
from core.errors import ProductError
from queues.mails import deciding

MOST_SHOWN = 100


@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    """Show the mails that wait for a decision."""
    return render(request, "queues/mails/mails.html", panel_of(request))


def panel_of(request: HttpRequest) -> dict[str, Any]:
    """Return the context of `queues/mails/_to_decide.html`, for any page that shows it to managers."""
    found = list(deciding.mails_to_decide(staff_of(request))[: MOST_SHOWN + 1])
    return {"mails": found[:MOST_SHOWN], "more_mails": len(found) > MOST_SHOWN}


@require_POST
def mail_arrived(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the mail arrived."""
    return _decide(request, pk, deciding.note_arrived, "Noted: the mail to {} arrived.")


@require_POST
def mail_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the mail once more."""
    return _decide(request, pk, deciding.send_again, "The mail to {} is sent again.")


@require_POST
def mail_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the mail up."""
    return _decide(request, pk, deciding.give_up, "The mail to {} is given up.")


def _decide(request: HttpRequest, pk: int, decide: Callable[..., Any], said: str) -> HttpResponse:
    try:
        mail = decide(actor=staff_of(request), mail_id=pk)
    except ProductError as error:
        if error.status != 409:
            raise
        messages.warning(request, error.message)
    else:
        messages.success(request, said.format(mail.address))
    return redirect("queue_mails")
