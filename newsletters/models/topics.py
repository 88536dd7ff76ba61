"""What newsletters are about, and what each contact wants of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.audit import audited


class Channel(models.TextChoices):
    """How something reaches a contact."""

    MAIL = "mail", "Mail"
    NOTICE = "notice", "In the product"


@audited()
class Topic(models.Model):
    """Something that contacts subscribe to."""

    slug = models.SlugField(
        max_length=60, unique=True, help_text="Stands in the List-Id of its mails; it never changes."
    )
    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, max_length=500, help_text="What contacts read before they choose.")
    is_open = models.BooleanField(default=True, help_text="A closed topic keeps its past and takes no new issue.")
    needs_consent = models.BooleanField(
        default=False, help_text="Only contacts who asked for it get it; otherwise everybody who has not declined."
    )
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


@audited()
class Preference(models.Model):
    """What a contact said about a topic on a channel; without a topic it is about all of them."""

    class Origin(models.TextChoices):
        PORTAL = "portal", "In the portal"
        LINK = "link", "By the link in a mail"
        ONE_CLICK = "one_click", "By the mail program's button"
        WIDGET = "widget", "In the product"
        STAFF = "staff", "By a member of staff"

    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="preferences")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.CASCADE, related_name="preferences")
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.MAIL)
    wants = models.BooleanField()
    origin = models.CharField(max_length=9, choices=Origin.choices)
    delivery = models.ForeignKey(
        "newsletters.Delivery",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The mail whose link was used.",
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact", "topic", "channel"], name="preference_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {'wants' if self.wants else 'declines'} {self.topic_id or 'everything'}"


@audited()
class Suppression(models.Model):
    """An address that gets no newsletter, whatever its contacts chose, and why."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", "Its server refused for good"
        COMPLAINED = "complained", "Marked a mail as spam"
        UNSUBSCRIBED = "unsubscribed", "Declined everything"
        MANUAL = "manual", "Entered by a person"

    class Origin(models.TextChoices):
        SMTP = "smtp", "The mail server's answer"
        PROVIDER = "provider", "The mail provider's report"
        ONE_CLICK = "one_click", "The mail program's button"
        LINK = "link", "The link in a mail"
        PORTAL = "portal", "The portal"
        STAFF = "staff", "A member of staff"

    address = models.EmailField(unique=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    origin = models.CharField(max_length=9, choices=Origin.choices)
    detail = models.CharField(max_length=300, blank=True)
    delivery = models.ForeignKey(
        "newsletters.Delivery", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="suppression_is_lower_case"),
        ]
        indexes: ClassVar = [models.Index(fields=["-created_at", "-id"], name="suppression_by_time")]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_reason_display()}"


class ProviderEvent(models.Model):
    """A report of the mail provider, kept so that one sent twice acts once."""

    provider = models.CharField(max_length=30)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=254, blank=True)
    delivery = models.ForeignKey(
        "newsletters.Delivery", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    detail = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="provider_event_by_time")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.kind} of {self.address}"
