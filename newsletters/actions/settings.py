"""The house rules of newsletters, and how fast each receiver is served."""

import re
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from core.errors import Invalid, NotFound
from core.transactions import repeated_transaction
from newsletters.models import NewsletterSettings, Pace
from newsletters.rules.wire import is_address

FACTS = frozenset(
    {
        *("sender_name", "sender_address", "reply_to", "postal_address", "needs_approval", "tracking", "archive"),
        *("quiet_from", "quiet_until", "follow_on_days", "sends_digest"),
    }
)
MOST_A_MINUTE = 1_000_000
# RFC 1035: labels of letters, digits and inner hyphens.
DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@repeated_transaction
def update_settings(*, actor: User | None, **facts: Any) -> NewsletterSettings:
    """Return the settings with these facts; issues already frozen keep the tracking they were frozen with.

    Raises Invalid for what no setting can be.
    """
    _may(actor)
    unknown = sorted(set(facts) - FACTS)
    if unknown:
        raise Invalid(f"There is no setting {unknown[0]}.", code="unknown_field", field=unknown[0])
    NewsletterSettings.current()
    locked = NewsletterSettings.objects.select_for_update().get(pk=1)
    for name, value in facts.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    if re.search(r"[\x00-\x1f\x7f]", locked.sender_name):
        raise Invalid("A name on a mail is one line of plain text.", field="sender_name")
    try:
        locked.clean_fields()
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=field) from error
    for name in ("sender_address", "reply_to"):
        if getattr(locked, name) and not is_address(getattr(locked, name)):
            raise Invalid("No mail can name this address. Write one such as team@company.com.", field=name)
    locked.save()
    return locked


@repeated_transaction
def set_pace(*, actor: User | None, domain: str, per_minute: int | None) -> Pace:
    """Return the limit of mails a minute to the receiving domain, "" for all mail; None takes the limit away.

    Raises Invalid for what is no domain, and for a limit that would stop or never matter.
    """
    _may(actor)
    domain = readable_domain(domain)
    if per_minute is not None and not 1 <= per_minute <= MOST_A_MINUTE:
        raise Invalid(f"A limit is between 1 and {MOST_A_MINUTE:,} mails a minute.", field="per_minute")
    Pace.objects.bulk_create([Pace(domain=domain)], ignore_conflicts=True)
    locked = Pace.objects.select_for_update().get(domain=domain)
    locked.per_minute = per_minute
    locked.save(update_fields=["per_minute"])
    return locked


@repeated_transaction
def speed_up(*, actor: User | None, pace_id: int) -> Pace:
    """Return the pace of a domain that is served at full speed again, until it refuses once more."""
    _may(actor)
    locked = Pace.objects.select_for_update().filter(pk=pace_id).first()
    if locked is None:
        raise NotFound("There is no such limit.")
    locked.slowed_to = locked.held_until = None
    locked.save(update_fields=["slowed_to", "held_until"])
    return locked


def readable_domain(text: str) -> str:
    """Return the domain in lower case and ASCII; raise Invalid for what is none."""
    domain = text.strip().lower().removeprefix("@").rstrip(".")
    if not domain:
        return ""
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not DOMAIN.fullmatch(domain):
        raise Invalid("Write a domain such as gmail.com.", field="domain")
    return domain


def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "newsletter.settings")
