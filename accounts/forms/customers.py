"""Forms of customers, contacts and subscriptions; what the values may be is decided by the actions."""

from datetime import date
from decimal import Decimal
from typing import Any

import pycountry
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms

from accounts.forms.choices import countries, spoken_languages, time_zones
from accounts.forms.editing import DayInput, EditForm, Plain, text, with_current
from accounts.models import Contact, Customer, CustomField, Stage, Subscription

YES_NO = [("", "—"), ("yes", "Yes"), ("no", "No")]


class CustomerForm(EditForm):
    """A customer's own facts with the custom fields in use, named `custom.<key>`."""

    name = forms.CharField(max_length=255)
    external_id = forms.CharField(
        max_length=120,
        required=False,
        label="External id",
        help_text="Its id in your other systems; imports find it by this.",
    )
    domain = forms.CharField(max_length=300, required=False, help_text="As in acme.com; a web address will do.")
    country = forms.ChoiceField(required=False)
    industry = forms.CharField(max_length=120, required=False)
    language = forms.ChoiceField(required=False, help_text="The language its people are best talked to in.")
    time_zone = forms.ChoiceField(required=False)
    stage = forms.ChoiceField(choices=Stage.choices, initial=Stage.ADOPTION)
    edition = forms.CharField(max_length=120, required=False)
    seats = forms.IntegerField(min_value=0, required=False)
    signed_up_on = forms.DateField(
        required=False, widget=DayInput, label="Customer since", help_text="Its age counts from this day."
    )
    tags = forms.CharField(max_length=2000, required=False, help_text="Separated by commas.")
    parent = forms.CharField(
        max_length=255,
        required=False,
        label="Parent company",
        help_text="The name or external id of a customer that you may see.",
        widget=forms.TextInput(
            attrs={
                "list": "parent-options",
                "autocomplete": "off",
                "hx-get": "/customers/suggest/",
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#parent-options",
                "hx-sync": "this:replace",
            }
        ),
    )
    is_brand = forms.BooleanField(required=False, label="Well-known brand")
    is_strategic = forms.BooleanField(required=False, label="Strategic")

    def __init__(self, *args: Any, fields: list[CustomField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        initial = self.initial
        self._set_choices("country", with_current(countries(), initial.get("country", "")))
        self._set_choices("language", with_current(spoken_languages(), initial.get("language", "")))
        self._set_choices("time_zone", with_current(time_zones(), initial.get("time_zone", "")))
        for field in fields:
            self.fields[f"custom.{field.key}"] = form_field(field, initial.get(f"custom.{field.key}", ""))
        self.helper = _layout(
            Fieldset("Company", *_pairs("name", "domain", "country", "industry", "language", "time_zone", "parent")),
            Fieldset("With us", *_pairs("stage", "signed_up_on", "edition", "seats", "external_id", "tags")),
            Row(Column("is_brand", css_class="col-md-6"), Column("is_strategic", css_class="col-md-6")),
            *([Fieldset("Custom fields", *_pairs(*(f"custom.{field.key}" for field in fields)))] if fields else []),
        )

    def facts(self) -> dict[str, Any]:
        """Return what the action is given of the fields that were touched: custom fields under `custom`."""
        changes = self.changes()
        custom = {
            name.removeprefix("custom."): changes.pop(name) for name in list(changes) if name.startswith("custom.")
        }
        return changes | ({"custom": custom} if custom else {})

    @staticmethod
    def initial_of(customer: Customer, fields: list[CustomField]) -> Plain:
        """Return what the form shows first for this customer."""
        texts = ("name", "external_id", "domain", "country", "industry", "language", "time_zone", "stage", "edition")
        plain: Plain = {name: text(getattr(customer, name)) for name in texts}
        plain |= {
            "seats": text(customer.seats),
            "signed_up_on": text(customer.signed_up_on),
            "tags": ", ".join(customer.tags),
            "parent": text(customer.parent),
            "is_brand": customer.is_brand,
            "is_strategic": customer.is_strategic,
        }
        return plain | {f"custom.{field.key}": _custom_text(customer, field) for field in fields}

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class ContactForm(EditForm):
    """A person at a customer."""

    first_name = forms.CharField(max_length=120, required=False)
    last_name = forms.CharField(max_length=120, required=False)
    email = forms.CharField(max_length=254, label="E-mail address", widget=forms.EmailInput)
    phone = forms.CharField(max_length=60, required=False)
    job_title = forms.CharField(max_length=120, required=False)
    language = forms.ChoiceField(required=False)
    time_zone = forms.ChoiceField(required=False)
    external_id = forms.CharField(max_length=120, required=False, label="External id")
    is_decision_maker = forms.BooleanField(required=False, label="Decides about buying and renewing")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language, zone = self.fields["language"], self.fields["time_zone"]
        language.choices = with_current(spoken_languages(), self.initial.get("language", ""))  # type: ignore[attr-defined]
        zone.choices = with_current(time_zones(), self.initial.get("time_zone", ""))  # type: ignore[attr-defined]
        names = ("first_name", "last_name", "email", "phone", "job_title", "external_id", "language", "time_zone")
        self.helper = _layout(*_pairs(*names), "is_decision_maker")

    @staticmethod
    def initial_of(contact: Contact) -> Plain:
        """Return what the form shows first for this contact."""
        texts = ("first_name", "last_name", "email", "phone", "job_title", "language", "time_zone", "external_id")
        plain: Plain = {name: text(getattr(contact, name)) for name in texts}
        return plain | {"is_decision_maker": contact.is_decision_maker}


class SubscriptionForm(EditForm):
    """What a customer pays for."""

    edition = forms.CharField(max_length=120, required=False)
    mrr = forms.DecimalField(
        min_value=0,
        max_digits=16,
        decimal_places=4,
        label="MRR",
        help_text="What it brings in a month, whatever the billing.",
    )
    currency = forms.ChoiceField()
    billing = forms.ChoiceField(choices=Subscription.Billing.choices, initial=Subscription.Billing.MONTHLY)
    seats = forms.IntegerField(min_value=0, required=False)
    starts_on = forms.DateField(widget=DayInput, label="First day")
    ends_on = forms.DateField(
        required=False,
        widget=DayInput,
        label="Ends on",
        help_text="The first day no longer paid for; empty while it runs on.",
    )
    external_id = forms.CharField(max_length=120, required=False, label="External id")
    is_trial = forms.BooleanField(required=False, label="Trial", help_text="A trial brings in nothing.")
    auto_renews = forms.BooleanField(required=False, initial=True, label="Renews by itself")

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.initial.get("currency", "")
        known = currencies if not current or current in currencies else [*currencies, current]
        self.fields["currency"].choices = [(code, _currency_name(code)) for code in known]  # type: ignore[attr-defined]
        self.fields["currency"].initial = currencies[0]
        names = ("edition", "seats", "mrr", "currency", "starts_on", "ends_on", "billing", "external_id")
        self.helper = _layout(*_pairs(*names), *_pairs("is_trial", "auto_renews"))

    @staticmethod
    def initial_of(subscription: Subscription) -> Plain:
        """Return what the form shows first for this subscription."""
        texts = ("edition", "currency", "billing", "seats", "starts_on", "ends_on", "external_id")
        plain: Plain = {name: text(getattr(subscription, name)) for name in texts}
        flags = {"is_trial": subscription.is_trial, "auto_renews": subscription.auto_renews}
        return plain | flags | {"mrr": amount_text(subscription.mrr)}


class EndSubscriptionForm(EditForm):
    """When a subscription ends and why."""

    ends_on = forms.DateField(widget=DayInput, label="Ends on", help_text="The first day no longer paid for.")
    why = forms.CharField(max_length=300, required=False, label="Why", help_text="Shown on the timeline.")

    @staticmethod
    def initial_of(subscription: Subscription, today: date) -> Plain:
        """Return what the form shows first for this subscription."""
        return {"ends_on": text(subscription.ends_on or today)}


class WhyForm(forms.Form):
    """The reason of a step, shown on the timeline."""

    why = forms.CharField(max_length=300, required=False, label="Why", help_text="Shown on the timeline.")


def form_field(field: CustomField, current: str = "") -> forms.Field:
    """Return the form field that asks for a custom field's value."""
    how: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": False}
    if field.type == CustomField.Type.CHOICE:
        return forms.ChoiceField(choices=with_current([(c, c) for c in field.choices], current), **how)
    if field.type == CustomField.Type.YES_NO:
        return forms.ChoiceField(choices=YES_NO, **how)
    if field.type == CustomField.Type.DATE:
        return forms.DateField(widget=DayInput, **how)
    if field.type == CustomField.Type.NUMBER:
        return forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **how)
    return forms.CharField(max_length=1000, **how)


def amount_text(amount: Decimal) -> str:
    """Return an amount without needless zeros."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _layout(*parts: Any) -> FormHelper:
    helper = FormHelper()
    # The template writes the form's own tag and its buttons.
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts, "seen", "was")
    return helper


def _pairs(*names: str) -> list[Row]:
    halves = [Column(name, css_class="col-md-6") for name in names]
    return [Row(*halves[at : at + 2]) for at in range(0, len(halves), 2)]


def _custom_text(customer: Customer, field: CustomField) -> str:
    value = customer.custom.get(field.key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text(value)


def _currency_name(code: str) -> str:
    found = pycountry.currencies.get(alpha_3=code)
    return f"{code} – {found.name}" if found else code
