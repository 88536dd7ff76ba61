"""Issues: what is sent to an audience once, from the first draft to the last figure."""

import uuid
from typing import ClassVar

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.audit import audited
from newsletters.models.audiences import Audience
from newsletters.models.settings import MINUTES_OF_A_DAY, NewsletterSettings
from newsletters.models.topics import Topic

# An issue ends only when each of its deliveries has: the rows are counted here, whoever says that it is over.
ENDED_MEANS_ACCOUNTED_FOR = """
    SELECT count(*) AS total,
        count(*) FILTER (WHERE state = 'sent') AS sent,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'unknown') AS unknown,
        count(*) FILTER (WHERE state = 'suppressed') AS suppressed,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    INTO counted FROM newsletters_delivery WHERE issue_id = NEW.id;
    IF (NEW.total, NEW.sent, NEW.failed, NEW.unknown, NEW.suppressed, NEW.cancelled) IS DISTINCT FROM
        (counted.total, counted.sent, counted.failed, counted.unknown, counted.suppressed, counted.cancelled)
        OR counted.total <>
            counted.sent + counted.failed + counted.unknown + counted.suppressed + counted.cancelled THEN
        RAISE EXCEPTION 'issue % is not accounted for', NEW.id USING
            ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'issue_ended_is_accounted_for';
    END IF;
    RETURN NEW;
"""

# What lets an issue out: the house asks for no approval, or the last word on this very version is one that counts (see
# queries.approvals). {issue} is the row that is looked at.
MAY_GO_OUT = """
    (NOT coalesce((SELECT needs_approval FROM newsletters_newslettersettings WHERE id = 1), true) OR coalesce((
        SELECT verdict = 'approved'
            AND person_id IS DISTINCT FROM {issue}.created_by_id AND person_id IS DISTINCT FROM {issue}.editor_id
        FROM newsletters_review
        WHERE issue_id = {issue}.id AND version = {issue}.version AND verdict <> 'asked'
        ORDER BY decided_at DESC, id DESC LIMIT 1), false))
"""

SENT_MEANS_APPROVED = f"""
    IF NOT {MAY_GO_OUT.format(issue="NEW")} THEN
        RAISE EXCEPTION 'issue % is not approved by a second person', NEW.id USING
            ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'issue_sent_is_approved';
    END IF;
    RETURN NEW;
"""

GOES_OUT = """
NEW.state <> OLD.state AND NEW.state IN ('scheduled', 'freezing')
    AND OLD.state IN ('draft', 'in_review', 'approved', 'scheduled')
"""

COUNTS_CHANGE = """
NEW.state IN ('finished', 'cancelled') AND (
    NEW.state <> OLD.state OR (NEW.total, NEW.sent, NEW.failed, NEW.unknown, NEW.suppressed, NEW.cancelled)
        IS DISTINCT FROM (OLD.total, OLD.sent, OLD.failed, OLD.unknown, OLD.suppressed, OLD.cancelled)
)
"""

# What sending writes by itself is no person's edit, so it makes no audit row.
PROGRESS = ("total", "sent", "failed", "unknown", "suppressed", "cancelled", "version", "updated_at")


@audited(exclude=PROGRESS)
class Issue(models.Model):
    """One newsletter to one audience."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "Waiting for approval"
        APPROVED = "approved", "Approved"
        SCHEDULED = "scheduled", "Scheduled"
        FREEZING = "freezing", "Listing its recipients"
        SENDING = "sending", "Being sent"
        PAUSED = "paused", "Paused"
        CANCELLING = "cancelling", "Being cancelled"
        FINISHED = "finished", "Sent"
        CANCELLED = "cancelled", "Cancelled"

    class Timing(models.TextChoices):
        AT_ONCE = "at_once", "At one moment for everybody"
        LOCAL = "local", "At the same hour of each recipient's own clock"

    class Winner(models.TextChoices):
        CLICKS = "clicks", "Clicks"
        FOLLOW_ON = "follow_on", "Hours booked and other follow-on"

    # What an editor may still change, and what is on its way.
    EDITABLE: ClassVar = (State.DRAFT, State.IN_REVIEW, State.APPROVED)
    UNDER_WAY: ClassVar = (State.FREEZING, State.SENDING, State.PAUSED, State.CANCELLING)
    ENDED: ClassVar = (State.FINISHED, State.CANCELLED)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=200, help_text="For the team and the archive.")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="issues")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change of what recipients get.")
    language = models.CharField(max_length=12, default="en")
    subject = models.CharField(max_length=200, blank=True)
    preheader = models.CharField(
        max_length=200, blank=True, help_text="The line that mail programs show behind the subject."
    )
    subject_b = models.CharField(max_length=200, blank=True, help_text="A second subject to try against the first.")
    ab_percent = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text="How many recipients the two subjects are tried on, half each; the others get the better one.",
    )
    ab_hours = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(72)], help_text="For how long they are tried."
    )
    ab_by = models.CharField(max_length=9, choices=Winner.choices, default=Winner.CLICKS)
    winner = models.CharField(max_length=1, blank=True, help_text="a or b, once it is decided.")
    sender_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(blank=True)
    audience = models.OneToOneField(Audience, on_delete=models.PROTECT, related_name="issue")
    in_archive = models.BooleanField(default=True, help_text="Shown in the archive once it is sent.")

    planned_on = models.DateField(null=True, blank=True, help_text="Its day in the editorial calendar.")
    timing = models.CharField(max_length=7, choices=Timing.choices, default=Timing.AT_ONCE)
    send_at = models.DateTimeField(null=True, blank=True)
    local_date = models.DateField(null=True, blank=True)
    local_minute = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes after midnight.")
    keeps_quiet_hours = models.BooleanField(
        default=True, help_text="Whoever's own clock shows a quiet hour gets it when the quiet hours end."
    )

    tracking = models.CharField(
        max_length=10, choices=NewsletterSettings.Tracking.choices, blank=True, help_text="As set when it was frozen."
    )
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    editor = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="edited_issues"
    )
    reviewer = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who is asked to approve it; empty: whoever may.",
    )
    scheduled_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    # Counts of deliveries, written when it ends; until then queries/progress counts.
    total = models.PositiveIntegerField(null=True, blank=True)
    sent = models.PositiveIntegerField(null=True, blank=True)
    failed = models.PositiveIntegerField(null=True, blank=True)
    unknown = models.PositiveIntegerField(null=True, blank=True)
    suppressed = models.PositiveIntegerField(null=True, blank=True)
    cancelled = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["finished", "cancelled"])
                | Q(total=F("sent") + F("failed") + F("unknown") + F("suppressed") + F("cancelled")),
                name="issue_total_is_the_sum",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["finished", "cancelled"])
                | Q(
                    total__isnull=False,
                    sent__isnull=False,
                    failed__isnull=False,
                    unknown__isnull=False,
                    suppressed__isnull=False,
                    cancelled__isnull=False,
                    ended_at__isnull=False,
                ),
                name="issue_ended_is_counted",
            ),
            models.CheckConstraint(
                condition=Q(local_minute=None) | Q(local_minute__lt=MINUTES_OF_A_DAY), name="issue_local_minute"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in_review", "approved", "cancelled"])
                | Q(timing="at_once", send_at__isnull=False)
                | Q(timing="local", local_date__isnull=False, local_minute__isnull=False),
                name="issue_scheduled_has_a_time",
            ),
            models.CheckConstraint(condition=Q(winner__in=["", "a", "b"]), name="issue_winner_is_a_or_b"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="ended_is_accounted_for",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(COUNTS_CHANGE),
                declare=[("counted", "record")],
                func=ENDED_MEANS_ACCOUNTED_FOR,
            ),
            pgtrigger.Trigger(
                name="sent_is_approved",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(GOES_OUT),
                func=SENT_MEANS_APPROVED,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "send_at"], name="issue_by_state"),
            models.Index(fields=["planned_on", "id"], name="issue_by_day"),
            models.Index(fields=["-created_at", "-id"], name="issue_by_age"),
            models.Index(fields=["topic", "-ended_at"], name="issue_by_topic"),
        ]

    def __str__(self) -> str:
        return self.title


@audited()
class Block(models.Model):
    """One part of an issue; `kind` names what `newsletters.blocks` knows, `data` holds what its form asks."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="blocks")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue", "position"], name="block_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.issue_id}"


class Picture(models.Model):
    """A picture of an issue, kept in the database so that every web server has it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="pictures")
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    uploaded_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.uid} of {self.issue_id}"


@audited()
class Review(models.Model):
    """What was asked and said of one version of an issue: `person` asked for approval, approved or sent it back."""

    class Verdict(models.TextChoices):
        ASKED = "asked", "Approval asked for"
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Sent back"

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="reviews")
    version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.TextField(blank=True, max_length=2000)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return f"{self.issue_id} version {self.version}: {self.verdict}"
