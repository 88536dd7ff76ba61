"""Pages that show the mail caught on this machine; they are there in local settings alone and need no login.

Somebody who waits for a login code can't be logged in yet. So the pages answer this machine only: `demo.this_machine`.
"""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo.this_machine import this_machine

MESSAGES_A_PAGE = 50
# What a mail brings along runs nothing, loads nothing and sends nothing; its own inline styles are its look.
MAIL_POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ]
)


@dataclass(frozen=True)
class Caught:
    """A caught message's line in the list."""

    key: str
    when: datetime
    sender: str
    recipients: str
    subject: str


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message, by its place among the message's files."""

    number: int
    name: str
    size: int


@require_safe
@this_machine
def mail_list(request: HttpRequest) -> HttpResponse:
    """Show the caught messages, the newest first."""
    text = request.GET.get("page", "1")
    page = int(text) if text.isdecimal() and len(text) < 7 else 1
    start = max(page - 1, 0) * MESSAGES_A_PAGE
    keys = _newest_keys()
    return render(
        request,
        "demo/mail_list.html",
        {
            "messages_caught": [_line(key) for key in keys[start : start + MESSAGES_A_PAGE]],
            "newer": page - 1,
            "older": page + 1 if len(keys) > start + MESSAGES_A_PAGE else 0,
        },
    )


@require_safe
@this_machine
def mail_message(request: HttpRequest, key: str) -> HttpResponse:
    """Show one message: its text, its HTML in a frame, its files and all its headers."""
    message = _message(key)
    context = {
        "line": _line(key),
        "text": _body(message, "plain"),
        "has_html": _body(message, "html") is not None,
        "attachments": [
            Attachment(number, part.get_filename() or f"part-{number}", len(_payload(part)))
            for number, part in enumerate(message.iter_attachments())
        ],
        "headers": [(name, str(value)) for name, value in message.items()],
    }
    return render(request, "demo/mail_message.html", context)


@require_safe
@this_machine
@xframe_options_sameorigin
def mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """Give a message's HTML as it came, for a frame that runs nothing."""
    html = _body(_message(key), "html")
    if html is None:
        raise Http404
    # The frame itself shows nothing but the mail: a link opens beside it.
    response = HttpResponse('<!doctype html><base target="_blank">' + html)
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


@require_safe
@this_machine
def mail_attachment(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Give a file that came with a message, to be saved and never to be shown."""
    for place, part in enumerate(_message(key).iter_attachments()):
        if place == number:
            response = HttpResponse(_payload(part), content_type="application/octet-stream")
            response.headers["Content-Disposition"] = content_disposition_header(
                as_attachment=True, filename=part.get_filename() or f"part-{number}"
            )
            return response
    raise Http404


# --- the mailbox --------------------------------------------------------------------------------
def _folder() -> Path:
    if settings.MAIL_CATCHER_DIR is None:
        raise Http404
    return Path(settings.MAIL_CATCHER_DIR) / "caught"


def _newest_keys() -> list[str]:
    """Return the keys of all messages, the newest first."""
    found = []
    for place in (_folder() / "new", _folder() / "cur"):
        if place.is_dir():
            found += [(entry.stat().st_mtime, entry.name.partition(":")[0]) for entry in place.iterdir()]
    return [key for _, key in sorted(found, reverse=True)]


def _message(key: str) -> EmailMessage:
    """Return a message; raise Http404 for a key that is none."""
    if not _folder().is_dir():
        raise Http404
    try:
        content = mailbox.Maildir(_folder(), create=False).get_bytes(key)
    except (KeyError, FileNotFoundError) as error:
        raise Http404 from error
    return message_from_bytes(content, policy=policy.default)


def _line(key: str) -> Caught:
    message = _message(key)
    seconds = float(key.partition(".")[0]) if key.partition(".")[0].isdecimal() else 0.0
    return Caught(
        key=key,
        when=datetime.fromtimestamp(seconds, UTC),
        sender=str(message.get("From", "")),
        recipients=str(message.get("To") or message.get("X-RcptTo") or ""),
        subject=str(message.get("Subject", "")),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    """Return the message's text or HTML, or None where it has none of it."""
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        # An unknown character set or encoding: show what can be shown.
        return _payload(part).decode("utf-8", "replace")


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    return part.as_bytes()


urlpatterns = [
    path("", mail_list, name="mail-list"),
    path("<str:key>/", mail_message, name="mail-message"),
    path("<str:key>/html/", mail_html, name="mail-html"),
    path("<str:key>/files/<int:number>/", mail_attachment, name="mail-attachment"),
]
