"""How the company sends: its name on the mails, its house rules, and how fast each receiver is served."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.audit import audited

MINUTES_OF_A_DAY = 24 * 60


@audited()
class NewsletterSettings(models.Model):
    """The one row of house rules of newsletters and notices."""

    class Tracking(models.TextChoices):
        OFF = "off", "Off: nothing is counted"
        ANONYMOUS = "anonymous", "Anonymous: counted for an issue, never for a person"
        INDIVIDUAL = "individual", "Individual: counted for each recipient"

    class Archive(models.TextChoices):
        NOBODY = "nobody", "Nobody but who received it"
        PORTAL = "portal", "Customers who are logged in"
        PUBLIC = "public", "Everybody"

    sender_name = models.CharField(max_length=120, blank=True, help_text="Empty: the company's name.")
    sender_address = models.EmailField(blank=True, help_text="Empty: the address that all mails come from.")
    reply_to = models.EmailField(blank=True, help_text="Where answers go.")
    postal_address = models.TextField(
        blank=True, max_length=500, help_text="Stands at the foot of every mail; many countries ask for it."
    )
    needs_approval = models.BooleanField(
        default=True, help_text="A second person approves an issue before it can be sent."
    )
    tracking = models.CharField(max_length=10, choices=Tracking.choices, default=Tracking.OFF)
    archive = models.CharField(max_length=6, choices=Archive.choices, default=Archive.PORTAL)
    # Minutes after midnight on the recipient's own clock; equal ends mean that no hour is quiet.
    quiet_from = models.PositiveSmallIntegerField(default=21 * 60, validators=[MaxValueValidator(MINUTES_OF_A_DAY - 1)])
    quiet_until = models.PositiveSmallIntegerField(default=7 * 60, validators=[MaxValueValidator(MINUTES_OF_A_DAY - 1)])
    follow_on_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text="For how many days after a mail an hour booked counts as following on it.",
    )
    sends_digest = models.BooleanField(default=True, help_text="Send the team its figures every Monday.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="newsletter_settings_one_row"),
            models.CheckConstraint(
                condition=Q(quiet_from__lt=MINUTES_OF_A_DAY, quiet_until__lt=MINUTES_OF_A_DAY),
                name="newsletter_quiet_hours_in_a_day",
            ),
        ]

    def __str__(self) -> str:
        return "Settings of newsletters"

    @classmethod
    def current(cls) -> "NewsletterSettings":
        """Return the one row, made with its defaults where it is missing."""
        found = cls.objects.filter(pk=1).first()
        if found is None:
            NewsletterSettings.objects.bulk_create([NewsletterSettings(pk=1)], ignore_conflicts=True)
            found = cls.objects.get(pk=1)
        return found


class Pace(models.Model):
    """How many mails a minute go to one receiving domain, shared by all workers; the domain "" stands for all mail.

    `per_minute` is what a person allows, `slowed_to` what the receiver's temporary refusals leave of it for now.
    """

    domain = models.CharField(max_length=253, blank=True, unique=True)
    per_minute = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    slowed_to = models.PositiveIntegerField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    # How often it was held in a row, and until when mails without a token are queued up already.
    holds = models.PositiveSmallIntegerField(default=0)
    queued_until = models.DateTimeField(null=True, blank=True)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(null=True, blank=True)
    last_answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(domain=Lower("domain")), name="pace_domain_is_lower_case"),
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gte=1), name="pace_goes_on"),
            models.CheckConstraint(condition=Q(slowed_to=None) | Q(slowed_to__gte=1), name="pace_slowed_goes_on"),
        ]
        ordering: ClassVar = ["domain"]

    def __str__(self) -> str:
        return f"{self.domain or 'all mail'}: {self.per_minute or 'no limit'}"
