"""In-product notices, and the company's products that show them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.audit import audited
from newsletters.models.audiences import Audience


@audited(exclude=("freshened_at",))
class Notice(models.Model):
    """A short message that an audience sees in the company's own product and in the portal."""

    class Kind(models.TextChoices):
        INFO = "info", "Information"
        NEW = "new", "New"
        WARNING = "warning", "Warning"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Shows(models.TextChoices):
        ONCE = "once", "Once"
        UNTIL_DISMISSED = "until_dismissed", "Until dismissed"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=2000, blank=True, help_text="Markdown without headings and pictures.")
    link_url = models.URLField(max_length=1000, blank=True)
    link_text = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.INFO)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    shows = models.CharField(max_length=15, choices=Shows.choices, default=Shows.UNTIL_DISMISSED)
    priority = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="The higher, the further up."
    )
    topic = models.ForeignKey(
        "newsletters.Topic",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
        help_text="Contacts who declined it in the product do not see it.",
    )
    audience = models.OneToOneField(Audience, on_delete=models.PROTECT, related_name="notice")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    published_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Contacts that join the audience later get it too; this is when they were last looked for.
    freshened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="notice_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="notice_published_has_a_time"
            ),
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=100), name="notice_priority"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="notice_by_age"),
            models.Index(fields=["starts_at"], condition=Q(state="published"), name="notice_published"),
        ]

    def __str__(self) -> str:
        return self.title


@audited(exclude=("secret", "last_used_at"))
class Product(models.Model):
    """One of the company's own products in which notices show: who vouches for its users, and from where it may ask."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, unique=True)
    secret = models.TextField(help_text="Sealed; the product's backend signs the identity of its users with it.")
    origins = ArrayField(
        models.CharField(max_length=255),
        default=list,
        help_text="Such as https://app.example.com; nobody else may ask.",
    )
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class UsedIdentity(models.Model):
    """An identity that a product vouched for and that has been used: it opens no second session."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="used_identities", db_index=False)
    jti = models.CharField(max_length=128)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["product", "jti"], name="identity_used_once")]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="identity_by_end")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.jti}"
