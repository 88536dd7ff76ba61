"""The company that runs the product: its name, currency and house rules."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core.audit import audited


@audited()
class CompanySettings(models.Model):
    """The one row of house rules."""

    class Sight(models.TextChoices):
        OWN = "own", "Own portfolio only"
        TEAM = "team", "The team's portfolios, read-only"
        ALL = "all", "All portfolios, read-only"

    name = models.CharField(max_length=200, default="My company")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217 code of the company's own currency.")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=12, default="en")
    csm_sees = models.CharField(max_length=5, choices=Sight.choices, default=Sight.TEAM)
    require_second_factor = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="company_settings_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "CompanySettings":
        """Return the one row, made with its defaults where it is missing."""
        found = cls.objects.filter(pk=1).first()
        if found is None:
            CompanySettings.objects.bulk_create([CompanySettings(pk=1)], ignore_conflicts=True)
            found = cls.objects.get(pk=1)
        return found


@audited()
class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the company's currency from a day on."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12, validators=[MinValueValidator(0)])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]
        ordering: ClassVar = ["currency", "-valid_from"]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} from {self.valid_from}"
