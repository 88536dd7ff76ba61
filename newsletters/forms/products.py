"""The form of one of the company's products."""

import re
from typing import Any

from django import forms

from newsletters.models import Product


class OriginsField(forms.CharField):
    """Origins, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://app.example.com"})

    def prepare_value(self, value: Any) -> Any:
        """Return the origins a line each, or what was typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the origins as they were typed."""
        return [part for part in re.split(r"[\s,]+", str(super().clean(value))) if part]


class ProductForm(forms.Form):
    """What the product is called and from where its pages come."""

    name = forms.CharField(
        max_length=120, help_text="Your own product in which customers work, such as “Larkspur app”."
    )
    origins = OriginsField(
        max_length=10_000,
        label="Allowed origins",
        help_text="Where its pages come from, one a line: https://app.example.com. No other page may show its notices.",
    )

    @staticmethod
    def initial_of(product: Product) -> dict[str, Any]:
        """Return what the form shows first for this product."""
        return {"name": product.name, "origins": product.origins}
