"""Mail about logging in: promised in the outbox, so that a dead mail server neither loses it nor holds up a page."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.sealing import seal, unseal
from core import outbox
from core.models import OutboxEntry

KIND = "accounts.mail"


def post(
    to: str, template: str, context: dict[str, Any], *, good_until: datetime | None = None, about: str = ""
) -> None:
    """Promise the mail of `emails/<template>-subject.txt` and `-text.txt`; it is dropped once `good_until` is past.

    `about` names what it tells of, so that whoever promises can see what was promised before (`promised`).
    """
    subject = " ".join(render_to_string(f"emails/{template}-subject.txt", context).split())
    body = render_to_string(f"emails/{template}-text.txt", context).strip() + "\n"
    post_message(EmailMultiAlternatives(subject, body, to=[to]), good_until=good_until, about=about)


def promised(abouts: Collection[str]) -> set[str]:
    """Return about which of these a mail was promised in the last days; what was done stays in the outbox for a while.

    Only who holds a lock of its own meanwhile can rely on it.
    """
    rows = OutboxEntry.objects.filter(kind=KIND, payload__about__in=list(abouts))
    return set(rows.values_list("payload__about", flat=True))


def post_message(message: EmailMultiAlternatives, *, good_until: datetime | None = None, about: str = "") -> None:
    """Promise to send the message; it is dropped once `good_until` is past."""
    content = {
        "subject": message.subject,
        "body": message.body,
        "from_email": message.from_email,
        "to": message.to,
        "headers": message.extra_headers,
        "alternatives": [[alternative[0], alternative[1]] for alternative in message.alternatives],
    }
    # Codes and links are as good as passwords while they last, so they are not left readable in the outbox.
    outbox.enqueue(
        KIND,
        {"sealed": seal(json.dumps(content)), "good_until": good_until.isoformat() if good_until else None}
        | ({"about": about} if about else {}),
        key=about or None,
    )


@outbox.handles(KIND)
def send(payload: dict[str, Any]) -> None:
    """Send the mail, unless what it says has expired meanwhile."""
    good_until = payload["good_until"]
    if good_until and datetime.fromisoformat(good_until) <= timezone.now():
        return
    content = json.loads(unseal(payload["sealed"]))
    message = EmailMultiAlternatives(
        content["subject"], content["body"], content["from_email"], content["to"], headers=content["headers"]
    )
    for body, mimetype in content["alternatives"]:
        message.attach_alternative(body, mimetype)
    message.send()
