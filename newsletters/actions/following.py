"""Counting clicks and openings, as far as the issue's tracking says: of nobody, of the issue, or of each recipient."""

from datetime import datetime

from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.transactions import repeated_transaction
from newsletters.models import Delivery, Issue, Link, NewsletterSettings

Tracking = NewsletterSettings.Tracking

COUNT_CLICK = """
INSERT INTO newsletters_click AS click (delivery_id, link_id, first_at, times) VALUES (%s, %s, %s, 1)
ON CONFLICT (delivery_id, link_id) DO UPDATE SET times = least(click.times + 1, 2147483646)
"""
COUNT_OPEN = """
INSERT INTO newsletters_opentally AS tally (issue_id, people, machines) VALUES (%s, %s, %s)
ON CONFLICT (issue_id) DO UPDATE SET people = tally.people + excluded.people,
    machines = tally.machines + excluded.machines
"""


@repeated_transaction
def count_click(*, delivery: Delivery, issue: Issue, link: Link, by_machine: bool, now: datetime | None = None) -> None:
    """Count that the link of the mail was followed; what a machine follows is never anybody's click."""
    if issue.tracking in ("", Tracking.OFF):
        return
    counter = "machine_clicks" if by_machine else "clicks"
    Link.objects.filter(pk=link.pk).update(**{counter: F(counter) + 1})
    if by_machine or issue.tracking != Tracking.INDIVIDUAL:
        return
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT_CLICK, [delivery.pk, link.pk, now])
    Delivery.objects.filter(pk=delivery.pk, clicked_at=None).update(clicked_at=now)


@repeated_transaction
def count_open(*, delivery: Delivery, issue: Issue, by_machine: bool, now: datetime | None = None) -> None:
    """Count that the mail's picture was loaded."""
    if issue.tracking in ("", Tracking.OFF):
        return
    with connection.cursor() as cursor:
        cursor.execute(COUNT_OPEN, [issue.pk, int(not by_machine), int(by_machine)])
    if not by_machine and issue.tracking == Tracking.INDIVIDUAL:
        Delivery.objects.filter(pk=delivery.pk, opened_at=None).update(opened_at=now or timezone.now())
