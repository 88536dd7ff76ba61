"""Freezing: who gets an issue or a notice becomes rows of deliveries, by one statement whatever their number.

The rows come from the database's own tables and go there again without passing through Python. What a recipient's
zone means for the moment of sending is worked out once a zone, some six hundred of them, and joined to the rows.
"""

import functools
import re
import zoneinfo
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.figures import company_today
from accounts.models import CompanySettings, Contact
from core.transactions import repeated_transaction
from newsletters.audiences import willing
from newsletters.models import Channel, Issue, NewsletterSettings, Notice
from newsletters.rendering.tracking import store_links
from newsletters.rules.timing import Timing

# ON CONFLICT: a repeated freeze, and a second contact with the same address, add nothing. A notice is frozen again
# every ten minutes, when nearly all have it: who does is left out before a row is made for nothing.
FREEZE_ISSUE = """
INSERT INTO newsletters_delivery
    (issue_id, channel, contact_id, address, tier, variant, state, due_at, attempts, answer)
SELECT %(issue)s, 'mail', contact_id, address, tier, {variant}, 'waiting', {due}, 0, ''
FROM ({chosen}) AS chosen (contact_id, address, tier, contact_zone, customer_zone){zones}
ON CONFLICT DO NOTHING
"""
ZONES = "unnest(%(zone_names)s::text[], %(zone_moments)s::timestamptz[])"
JOIN_ZONES = f"""
LEFT JOIN {ZONES} AS own (name, due_at) ON own.name = contact_zone
LEFT JOIN {ZONES} AS customers (name, due_at) ON customers.name = customer_zone"""
DUE_BY_ZONE = "coalesce(own.due_at, customers.due_at, %(due_at)s)"
# A share of 20,000 that is the same for an address whenever it is asked.
SHARE = "(hashtextextended(address, %(issue)s) & 9223372036854775807) %% 20000"
VARIANT = f"CASE WHEN {SHARE} < %(half)s THEN 'a' WHEN {SHARE} < 2 * %(half)s THEN 'b' ELSE '' END"
# Who is left for the better subject waits infinitely long; Python reads that as the last moment that it knows.
DUE_IF_TRIED = f"CASE WHEN {SHARE} < 2 * %(half)s THEN {{due}} ELSE 'infinity' END"

FREEZE_NOTICE = """
INSERT INTO newsletters_delivery
    (notice_id, channel, contact_id, address, tier, variant, state, due_at, attempts, answer, sent_at)
SELECT %(notice)s, 'notice', contact_id, address, tier, '', 'sent', %(due_at)s, 0, '', %(now)s
FROM ({chosen}) AS chosen (contact_id, address, tier, contact_zone, customer_zone)
WHERE NOT EXISTS (
    SELECT FROM newsletters_delivery AS given
    WHERE given.notice_id = %(notice)s AND given.contact_id = chosen.contact_id
)
ON CONFLICT DO NOTHING
"""

RELEASE_REST = """
UPDATE newsletters_delivery AS delivery SET variant = %(variant)s, due_at = {due}
FROM newsletters_delivery AS rest
LEFT JOIN accounts_contact AS contact ON contact.id = rest.contact_id
LEFT JOIN accounts_customer AS customer ON customer.id = contact.customer_id{zones}
WHERE rest.issue_id = %(issue)s AND rest.due_at = 'infinity' AND rest.state IN ('waiting', 'deferred')
    AND delivery.id = rest.id
"""


class _NotWanted(Exception):
    """The issue is no longer to be sent: what was inserted goes again."""


def freeze_issue(issue_id: int, *, now: datetime | None = None) -> int:
    """Return how many deliveries were added; 0 where the issue is not, or no longer, to be frozen.

    It may be repeated and may meet a person who pauses or cancels: the rows go in without the issue's lock, and whether
    they stay is decided under it. An issue being frozen is sent from then on, a paused one stays paused, and of one
    being cancelled nothing remains. A crash leaves nothing, so the next call does it all.
    """
    try:
        return _freeze_issue(issue_id, now or timezone.now())
    except _NotWanted:
        return 0


def freeze_notice(notice_id: int, *, now: datetime | None = None) -> int:
    """Return how many contacts see the notice who did not before; 0 where it is not, or no longer, published.

    Called again it finds those who joined the audience since; who left it keeps what was there.
    """
    try:
        return _freeze_notice(notice_id, now or timezone.now())
    except _NotWanted:
        return 0


@repeated_transaction
def release_rest(*, issue: Issue, variant: str, now: datetime | None = None) -> int:
    """Return how many recipients, left until the better subject was known, now wait for their own moment with it.

    For an issue by local hours that is the next time their clock shows the hour.
    """
    timing = timing_of(issue)
    moments = functools.partial(timing.due_later, now=now or timezone.now())
    due, zones, parameters = _by_zone(timing, moments)
    zones = zones.replace("contact_zone", "contact.time_zone").replace("customer_zone", "customer.time_zone")
    statement = RELEASE_REST.format(due=due, zones=zones)
    return _changed(statement, {**parameters, "issue": issue.pk, "variant": variant})


def timing_of(issue: Issue) -> Timing:
    """Return when the issue is to be sent, with the house's quiet hours where it keeps them."""
    quiet = None
    if issue.keeps_quiet_hours:
        settings = NewsletterSettings.current()
        quiet = (settings.quiet_from, settings.quiet_until)
    if issue.timing == Issue.Timing.LOCAL:
        return Timing(local_date=issue.local_date, local_minute=issue.local_minute, quiet=quiet)
    return Timing(send_at=issue.send_at, quiet=quiet)


@repeated_transaction
def _freeze_issue(issue_id: int, now: datetime) -> int:
    issue = Issue.objects.select_related("audience", "topic").filter(pk=issue_id).first()
    if issue is None or not _is_to_freeze(issue):
        return 0
    contacts = willing(issue.audience, channel=Channel.MAIL, topic=issue.topic, today=company_today())
    timing = timing_of(issue)
    due, zones, parameters = _by_zone(timing, functools.partial(timing.due, now=now))
    variant = "''"
    if issue.subject_b:
        variant, due = VARIANT, DUE_IF_TRIED.format(due=due)
        parameters["half"] = issue.ab_percent * 100
    chosen, values = _compiled(contacts)
    statement = FREEZE_ISSUE.format(variant=variant, due=due, zones=zones, chosen=chosen)
    added = _changed(statement, {**values, **parameters, "issue": issue.pk})
    _decide(issue, now)
    return added


@repeated_transaction
def _freeze_notice(notice_id: int, now: datetime) -> int:
    notice = Notice.objects.select_related("audience", "topic").filter(pk=notice_id).first()
    if notice is None or notice.state != Notice.State.PUBLISHED:
        return 0
    contacts = willing(notice.audience, channel=Channel.NOTICE, topic=notice.topic, today=company_today())
    chosen, values = _compiled(contacts)
    parameters = {"notice": notice.pk, "due_at": notice.starts_at, "now": now}
    added = _changed(FREEZE_NOTICE.format(chosen=chosen), {**values, **parameters})
    if Notice.objects.select_for_update(no_key=True).get(pk=notice_id).state != Notice.State.PUBLISHED:
        raise _NotWanted
    Notice.objects.filter(pk=notice_id).update(freshened_at=now)
    return added


def _is_to_freeze(issue: Issue) -> bool:
    return issue.state in (Issue.State.FREEZING, Issue.State.PAUSED) and issue.frozen_at is None


def _decide(issue: Issue, now: datetime) -> None:
    """Let the issue be sent, or stay paused, with its links and the tracking of this moment; else raise."""
    locked = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if not _is_to_freeze(locked) or locked.version != issue.version:
        raise _NotWanted
    tracking = NewsletterSettings.current().tracking
    state = Issue.State.SENDING if locked.state == Issue.State.FREEZING else locked.state
    Issue.objects.filter(pk=issue.pk).update(state=state, tracking=tracking, frozen_at=now)
    if tracking != NewsletterSettings.Tracking.OFF:
        store_links(issue)


def _compiled(contacts: QuerySet[Contact]) -> tuple[str, dict[str, Any]]:
    """Return what the statements above select from, with its values by name instead of by place."""
    rows = contacts.order_by().values_list("pk", "email", "customer__tier", "time_zone", "customer__time_zone")
    compiled, values = rows.query.sql_with_params()
    names = {f"p{n}": value for n, value in enumerate(values)}
    waiting = iter(names)
    # A doubled per cent sign is one of the text's own.
    named = re.sub("%%|%s", lambda found: f"%({next(waiting)})s" if found[0] == "%s" else found[0], compiled)
    return named, names


def _changed(statement: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _by_zone(timing: Timing, moment: Callable[[str], datetime]) -> tuple[str, str, dict[str, Any]]:
    """Return the expression of the moment, the joins that it needs and their parameters.

    The contact's zone counts, else the customer's, else the company's; a name that nobody knows counts as none.
    """
    parameters: dict[str, Any] = {"due_at": moment(CompanySettings.current().time_zone)}
    if not timing.depends_on_zone:
        return "%(due_at)s::timestamptz", "", parameters
    names = sorted(known_zones())
    parameters |= {"zone_names": names, "zone_moments": [moment(name) for name in names]}
    return DUE_BY_ZONE, JOIN_ZONES, parameters


@functools.lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Return the names of zones that are known; any other counts as none."""
    return frozenset(zoneinfo.available_timezones())
