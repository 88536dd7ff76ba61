"""Deliveries: one row for each recipient of an issue or a notice, and what the database counts of them."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from newsletters.models.issues import Issue
from newsletters.models.notices import Notice
from newsletters.models.topics import Channel

# Adds what a statement changed to the tally of its minute, in a row of this connection's own, so that senders do not
# wait for each other. Nothing is counted but changes of state.
COUNT_CHANGES = """
INSERT INTO newsletters_deliverytally AS tally
    (issue_id, minute, shard, waiting, claimed, in_flight, deferred, sent, failed, unknown, suppressed, cancelled)
SELECT issue_id, date_trunc('minute', clock_timestamp()), pg_backend_pid() % 64,
    sum(n) FILTER (WHERE state = 'waiting'), sum(n) FILTER (WHERE state = 'claimed'),
    sum(n) FILTER (WHERE state = 'in_flight'), sum(n) FILTER (WHERE state = 'deferred'),
    sum(n) FILTER (WHERE state = 'sent'), sum(n) FILTER (WHERE state = 'failed'),
    sum(n) FILTER (WHERE state = 'unknown'), sum(n) FILTER (WHERE state = 'suppressed'),
    sum(n) FILTER (WHERE state = 'cancelled')
FROM ({changes}) AS changes
WHERE issue_id IS NOT NULL
GROUP BY issue_id
HAVING bool_or(n <> 0)
ORDER BY issue_id
ON CONFLICT (issue_id, minute, shard) DO UPDATE SET
    waiting = coalesce(tally.waiting, 0) + coalesce(excluded.waiting, 0),
    claimed = coalesce(tally.claimed, 0) + coalesce(excluded.claimed, 0),
    in_flight = coalesce(tally.in_flight, 0) + coalesce(excluded.in_flight, 0),
    deferred = coalesce(tally.deferred, 0) + coalesce(excluded.deferred, 0),
    sent = coalesce(tally.sent, 0) + coalesce(excluded.sent, 0),
    failed = coalesce(tally.failed, 0) + coalesce(excluded.failed, 0),
    unknown = coalesce(tally.unknown, 0) + coalesce(excluded.unknown, 0),
    suppressed = coalesce(tally.suppressed, 0) + coalesce(excluded.suppressed, 0),
    cancelled = coalesce(tally.cancelled, 0) + coalesce(excluded.cancelled, 0);
RETURN NULL;
"""
ADDED = "SELECT issue_id, state, count(*) AS n FROM new_values GROUP BY issue_id, state"
MOVED = """
    SELECT issue_id, state, sum(n) AS n FROM (
        SELECT issue_id, state, 1 AS n FROM new_values UNION ALL SELECT issue_id, state, -1 FROM old_values
    ) AS each_row GROUP BY issue_id, state
"""

# The same of notices, which have no state but steps. Mails pay nothing for the second of them: it listens to the
# columns that no sender writes.
COUNT_REACHED = """
INSERT INTO newsletters_noticetally AS tally (notice_id, shard, reached, seen, read, dismissed)
SELECT notice_id, pg_backend_pid() % 64, count(*), count(seen_at), count(read_at), count(dismissed_at)
FROM new_values WHERE notice_id IS NOT NULL
GROUP BY notice_id
ORDER BY notice_id
ON CONFLICT (notice_id, shard) DO UPDATE SET
    reached = tally.reached + excluded.reached,
    seen = tally.seen + excluded.seen,
    read = tally.read + excluded.read,
    dismissed = tally.dismissed + excluded.dismissed;
RETURN NULL;
"""
COUNT_STEP = """
INSERT INTO newsletters_noticetally AS tally (notice_id, shard, reached, seen, read, dismissed)
VALUES (
    NEW.notice_id, pg_backend_pid() % 64, 0,
    (NEW.seen_at IS NOT NULL)::int - (OLD.seen_at IS NOT NULL)::int,
    (NEW.read_at IS NOT NULL)::int - (OLD.read_at IS NOT NULL)::int,
    (NEW.dismissed_at IS NOT NULL)::int - (OLD.dismissed_at IS NOT NULL)::int
)
ON CONFLICT (notice_id, shard) DO UPDATE SET
    seen = tally.seen + excluded.seen,
    read = tally.read + excluded.read,
    dismissed = tally.dismissed + excluded.dismissed;
RETURN NULL;
"""
STEP_IS_NEW = """NEW.notice_id IS NOT NULL AND (NEW.seen_at IS NULL, NEW.read_at IS NULL, NEW.dismissed_at IS NULL)
    IS DISTINCT FROM (OLD.seen_at IS NULL, OLD.read_at IS NULL, OLD.dismissed_at IS NULL)"""


class Delivery(models.Model):
    """That one address gets one issue, or one contact one notice.

    A delivery waits until `due_at`, is claimed by a sender for a while (fenced by `attempts`), is in flight from just
    before it is handed over until its answer is stored, and ends as sent, failed, unknown, suppressed or cancelled. One
    in flight whose sender died becomes unknown and is never sent again by itself. A notice is sent by being there.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "About to be sent"
        IN_FLIGHT = "in_flight", "Being sent"
        DEFERRED = "deferred", "To be tried again"
        SENT = "sent", "Sent"
        FAILED = "failed", "Refused"
        UNKNOWN = "unknown", "Perhaps sent"
        SUPPRESSED = "suppressed", "Not wanted"
        CANCELLED = "cancelled", "Cancelled"

    DUE: ClassVar = (State.WAITING, State.DEFERRED)
    LEASED: ClassVar = (State.CLAIMED, State.IN_FLIGHT)
    FINAL: ClassVar = (State.SENT, State.FAILED, State.UNKNOWN, State.SUPPRESSED, State.CANCELLED)

    issue = models.ForeignKey(
        Issue, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    notice = models.ForeignKey(
        Notice, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    channel = models.CharField(max_length=6, choices=Channel.choices)
    contact = models.ForeignKey(
        "accounts.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False
    )
    address = models.CharField(max_length=254)
    tier = models.CharField(max_length=4, null=True, blank=True, help_text="The customer's when it was frozen.")
    variant = models.CharField(max_length=1, blank=True, help_text="Which subject: a or b.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(help_text="Not before; infinitely late while a second subject is tried on others.")
    attempts = models.PositiveSmallIntegerField(default=0)
    waited = models.PositiveIntegerField(
        default=0, db_default=0, help_text="For how many seconds its receiver had it wait, refusing it for now."
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it is in this state, in the server's words.")
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue", "channel", "address"], name="delivery_once"),
            # Partial, so that no mail costs an entry in its index.
            models.UniqueConstraint(
                fields=["notice", "contact"], condition=Q(notice__isnull=False), name="delivery_of_notice_once"
            ),
            models.CheckConstraint(
                condition=Q(issue=None, notice__isnull=False) | Q(issue__isnull=False, notice=None),
                name="delivery_of_issue_or_notice",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "in_flight"], claimed_until__isnull=False)
                | Q(
                    state__in=["waiting", "deferred", "sent", "failed", "unknown", "suppressed", "cancelled"],
                    claimed_until=None,
                ),
                name="delivery_leased_has_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["issue", "due_at", "id"], condition=Q(state__in=["waiting", "deferred"]), name="delivery_due"
            ),
            models.Index(
                fields=["claimed_until"], condition=Q(state__in=["claimed", "in_flight"]), name="delivery_leased"
            ),
            models.Index(
                fields=["issue", "id"], condition=Q(state__in=["unknown", "failed"]), name="delivery_to_decide"
            ),
            models.Index(fields=["contact", "-id"], name="delivery_of_contact"),
            # What a contact's feed of notices reads.
            models.Index(
                fields=["contact", "notice"],
                condition=Q(notice__isnull=False, dismissed_at=None),
                name="delivery_in_feed",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="count_added",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="new_values"),
                func=COUNT_CHANGES.format(changes=ADDED),
            ),
            pgtrigger.Trigger(
                name="count_moved",
                level=pgtrigger.Statement,
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(old="old_values", new="new_values"),
                func=COUNT_CHANGES.format(changes=MOVED),
            ),
            pgtrigger.Trigger(
                name="count_reached",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="new_values"),
                func=COUNT_REACHED,
            ),
            pgtrigger.Trigger(
                name="count_step",
                operation=pgtrigger.UpdateOf("seen_at", "read_at", "dismissed_at"),
                when=pgtrigger.After,
                condition=pgtrigger.Condition(STEP_IS_NEW),
                func=COUNT_STEP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} to {self.address}: {self.state}"


class DeliveryTally(models.Model):
    """How many deliveries of an issue changed to (and from) each state in a minute; a trigger writes it.

    The sum over an issue's rows is how many are in each state now; `sent` of the last minutes is its speed.
    """

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    minute = models.DateTimeField()
    shard = models.SmallIntegerField()
    waiting = models.IntegerField(null=True)
    claimed = models.IntegerField(null=True)
    in_flight = models.IntegerField(null=True)
    deferred = models.IntegerField(null=True)
    sent = models.IntegerField(null=True)
    failed = models.IntegerField(null=True)
    unknown = models.IntegerField(null=True)
    suppressed = models.IntegerField(null=True)
    cancelled = models.IntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue", "minute", "shard"], name="delivery_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} at {self.minute}"


class NoticeTally(models.Model):
    """How many contacts have a notice, and how many saw, read and dismissed it: the sum over its rows.

    Triggers write it, each connection in a row of its own, so that contacts do not wait for each other.
    """

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    shard = models.SmallIntegerField()
    # Below 0 where one connection counted that a step was taken back which another had counted.
    reached = models.IntegerField()
    seen = models.IntegerField()
    read = models.IntegerField()
    dismissed = models.IntegerField()

    class Meta:
        verbose_name_plural = "notice tallies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "shard"], name="notice_tally_once")]

    def __str__(self) -> str:
        return f"{self.notice_id}: {self.reached}"


class Link(models.Model):
    """A target in an issue: clicks lead to stored targets only."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="links")
    url = models.CharField(max_length=2000)
    # Counted without anybody's name; machines are those that fetch links to check them.
    clicks = models.PositiveIntegerField(default=0)
    machine_clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "url"], name="link_once")]

    def __str__(self) -> str:
        return self.url


class Click(models.Model):
    """That a recipient followed a link, where tracking is individual; one row a delivery and link."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="clicks", db_index=False)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="followed")
    first_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "link"], name="click_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.link_id}"


class OpenTally(models.Model):
    """How often an issue was opened, counted without anybody's name; `machines` are mail programs that fetch ahead."""

    issue = models.OneToOneField(Issue, on_delete=models.CASCADE, related_name="opens")
    people = models.PositiveIntegerField(default=0)
    machines = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.people}"
