"""Customers with their contacts and subscriptions, and the merging of duplicates."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Upper

from core.audit import audited


class Tier(models.TextChoices):
    """The touch tier: what service a customer is promised."""

    HIGH = "high", "High touch"
    LOW = "low", "Low touch"
    TECH = "tech", "Tech touch"


class Stage(models.TextChoices):
    """Where a customer is in its life with the company."""

    LEAD = "lead", "Lead"
    TRIAL = "trial", "Trial"
    ONBOARDING = "onboarding", "Onboarding"
    ADOPTION = "adoption", "Adoption"
    RENEWAL = "renewal", "Renewal"
    CHURNED = "churned", "Churned"


# What the database derives is not a person's edit, so it makes no audit row.
DERIVED = ("mrr", "renews_on", "figures_on", "figures_due_on", "updated_at")


@audited(exclude=DERIVED)
class Customer(models.Model):
    """A company that uses, tries or used the product."""

    external_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    name = models.CharField(max_length=255)
    domain = models.CharField(max_length=253, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 two-letter code.")
    industry = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=12, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    is_brand = models.BooleanField("well-known brand", default=False)
    is_strategic = models.BooleanField("strategic", default=False)
    edition = models.CharField(max_length=120, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.ADOPTION)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    signed_up_on = models.DateField(
        null=True, blank=True, help_text="First day as a customer; its age counts from here."
    )
    custom = models.JSONField(default=dict, blank=True)

    tier = models.CharField(max_length=4, choices=Tier.choices, null=True, blank=True)
    tier_since = models.DateTimeField(null=True, blank=True)

    # Derived from subscriptions as of `figures_on`, in the company's currency; see accounts.figures.
    mrr = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal(0))
    renews_on = models.DateField(null=True, blank=True)
    figures_on = models.DateField(null=True, blank=True)
    figures_due_on = models.DateField(
        null=True, blank=True, help_text="The next day on which the figures change by themselves."
    )

    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_customers"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="customer_is_not_its_own_parent"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="customer_is_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(tier__in=["high", "low", "tech"]) | Q(tier=None), name="customer_tier_known"
            ),
            models.CheckConstraint(
                condition=Q(tier=None, tier_since=None) | Q(tier__isnull=False, tier_since__isnull=False),
                name="customer_tier_has_a_start",
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="customer_external_id_not_empty"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], condition=Q(merged_into=None), name="customer_by_name"),
            models.Index(fields=["mrr", "id"], condition=Q(merged_into=None), name="customer_by_mrr"),
            models.Index(fields=["renews_on", "id"], condition=Q(merged_into=None), name="customer_by_renewal"),
            models.Index(fields=["tier", "name", "id"], condition=Q(merged_into=None), name="customer_by_tier"),
            # Lists sort both ways with unknown values last, which one index read backwards does not give.
            models.Index(
                F("renews_on").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(merged_into=None),
                name="customer_by_renewal_desc",
            ),
            models.Index(fields=["tier", "id"], condition=Q(merged_into=None), name="customer_tier_order"),
            models.Index(
                F("tier").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(merged_into=None),
                name="customer_tier_order_desc",
            ),
            models.Index(fields=["seats", "id"], condition=Q(merged_into=None), name="customer_by_seats"),
            models.Index(
                F("seats").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(merged_into=None),
                name="customer_by_seats_desc",
            ),
            models.Index(fields=["signed_up_on", "id"], condition=Q(merged_into=None), name="customer_by_start"),
            models.Index(
                F("signed_up_on").desc(nulls_last=True),
                F("id").desc(),
                condition=Q(merged_into=None),
                name="customer_by_start_desc",
            ),
            models.Index(fields=["domain"], condition=~Q(domain=""), name="customer_by_domain"),
            models.Index(
                fields=["figures_due_on"], condition=Q(figures_due_on__isnull=False), name="customer_by_figures_day"
            ),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name_parts"),
            GinIndex(OpClass(Upper("domain"), name="gin_trgm_ops"), name="customer_domain_parts"),
            GinIndex(OpClass(Upper("external_id"), name="gin_trgm_ops"), name="customer_external_id_parts"),
            GinIndex(fields=["tags"], name="customer_tags"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="customer_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def arr(self) -> Decimal:
        """Return the annual recurring revenue: twelve times the MRR, in the company's currency."""
        return self.mrr * 12


def contact_words() -> Concat:
    """Return the text in which contacts are searched: names and address; one index serves it."""
    return Concat("first_name", Value(" "), "last_name", Value(" "), "email", output_field=models.TextField())


@audited()
class Contact(models.Model):
    """A person at a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField()
    phone = models.CharField(max_length=60, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=12, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    is_decision_maker = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="contact_email_is_lower_case"),
            models.UniqueConstraint(fields=["customer", "email"], name="contact_email_once_per_customer"),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_external_id_not_empty"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["email"], name="contact_by_email"),
            GinIndex(OpClass(Upper(contact_words()), name="gin_trgm_ops"), name="contact_word_parts"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the full name, or the address where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@audited()
class Subscription(models.Model):
    """What a customer pays for, from a first day to a last."""

    class Billing(models.TextChoices):
        MONTHLY = "monthly", "Monthly"
        ANNUAL = "annual", "Annual"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="subscriptions")
    external_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    edition = models.CharField(max_length=120, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)
    billing = models.CharField(max_length=8, choices=Billing.choices, default=Billing.MONTHLY)
    currency = models.CharField(max_length=3, help_text="ISO 4217 code.")
    mrr = models.DecimalField(
        "MRR", max_digits=16, decimal_places=4, help_text="Monthly recurring revenue in the subscription's currency."
    )
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text="The first day no longer paid for; empty while it runs on."
    )
    is_trial = models.BooleanField(default=False)
    auto_renews = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(mrr__gte=0), name="subscription_mrr_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="subscription_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="subscription_external_id_not_empty"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "starts_on", "ends_on"], name="subscription_of_customer"),
            models.Index(fields=["starts_on"], name="subscription_by_start"),
            models.Index(fields=["ends_on"], condition=Q(ends_on__isnull=False), name="subscription_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.edition or 'subscription'} from {self.starts_on}"

    def is_active_on(self, day: date) -> bool:
        """Tell whether the subscription runs on this day: from `starts_on`, until the day before `ends_on`."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@audited()
class CustomField(models.Model):
    """A typed field that an administrator adds to every customer."""

    class Type(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        YES_NO = "yes_no", "Yes or no"
        CHOICE = "choice", "Choice"

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=8, choices=Type.choices)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    help_text = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("label"), name="custom_field_label_once"),
        ]

    def __str__(self) -> str:
        return self.label


class DuplicatePair(models.Model):
    """Two customers that look like one, suggested to a person."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISMISSED = "dismissed", "Not the same"
        MERGED = "merged", "Merged"

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(help_text="0 to 1: how alike the two are.")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-score", "id"], condition=Q(state="open"), name="duplicate_pair_open")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"


class CustomerMerge(models.Model):
    """The record of a merge, with all that is needed to undo it."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    moved_rows = models.JSONField(help_text="For each table the ids of the rows that changed hands.")
    before = models.JSONField(help_text="Values of both customers, and of rows that were closed, before the merge.")
    reason = models.CharField(max_length=300, blank=True)
    merged_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    merged_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="customer_merged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"
