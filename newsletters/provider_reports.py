"""Listens to what the mail provider reports, as django-anymail reads it."""

import re
from collections.abc import Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver
from django.utils import timezone

from newsletters.actions.provider_events import Report, note_report
from newsletters.links import token_behind

SOFT = "soft"
# Where Postmark, Amazon, Mandrill and others say what kind of bounce it is, and how they call one that may pass.
KINDS_OF_BOUNCE = ("Type", "type", "bounceType", "bounce_type", "event", "severity")
SOFT_WORDS = ("soft", "transient", "temporary")


@receiver(tracking, dispatch_uid="newsletters.provider_reports")
def take_report(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """Note the report; what fails raises, so that the provider sends it again."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    note_report(
        report=Report(
            provider=esp_name,
            event_id=_text(event.event_id),
            kind=str(event.event_type or ""),
            address=_text(event.recipient),
            reject_reason=SOFT if _is_soft(event.esp_event) else str(event.reject_reason or ""),
            token=str(metadata.get("delivery") or "") or _token_of(str(event.message_id or "")),
            detail=_text(event.description or event.mta_response),
            happened_at=event.timestamp or timezone.now(),
        )
    )


def _text(value: Any) -> str:
    """Return what the database can hold: receivers answer what they like, and a report that fails comes again."""
    return re.sub(r"[\x00\ud800-\udfff]", "", str(value or ""))


def _is_soft(raw: Any) -> bool:
    """Tell whether the provider calls it a bounce that may pass, which django-anymail does not keep apart."""
    if not isinstance(raw, Mapping):
        return False
    said = (str(raw.get(key, "")).lower() for key in KINDS_OF_BOUNCE)
    return any(word in value for value in said for word in SOFT_WORDS)


def _token_of(message_id: str) -> str:
    """Return the token behind a Message-ID of ours, where the provider kept it."""
    return token_behind(message_id.strip("<> ").partition("@")[0])
