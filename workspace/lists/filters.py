"""The filters of a list of customers: a form that reads the address, and what each filter means in the database."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Exists, F, Func, JSONField, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThanOrEqual, IContains, LessThanOrEqual
from django.utils import timezone

from accounts.models import Assignment, Customer, CustomField, Role, Stage, Tier, User
from core.ids import read_id
from segments.models import TierMove
from segments.queries.allowances import company_today
from segments.queries.contacts import with_contact, without_contact
from workspace.lists.rows import CUSTOM_PREFIX
from workspace.queries.loads import over_limit
from workspace.queries.service import over_allowance

NONE = "none"
# Of CSMs: whoever it is.
ANY = "any"
MAX_SEARCH = 200
MAX_VALUES = 100
MAX_TEXT = 255
MAX_COUNT = 2_147_483_647

BY_CONTACT: dict[str, Callable[[QuerySet[Customer], date], QuerySet[Customer]]] = {
    "quiet": without_contact,
    "spoken": with_contact,
}
YES_NO = [("", "Either"), ("yes", "Yes"), ("no", "No")]
RENEWALS = [
    ("", "Any time"),
    ("30", "In the next 30 days"),
    ("60", "In the next 60 days"),
    ("90", "In the next 90 days"),
    ("180", "In the next 180 days"),
    ("365", "In the next year"),
    ("past", "Already past"),
    (NONE, "No end date"),
]
DAYS = (30, 60, 90, 180)
MAX_DAYS = 3650


class ValuesField(forms.Field):
    """A list of short texts, each given as a parameter of its own; `options` are what a person is offered."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, options: Sequence[tuple[str, str]] = (), closed: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.closed = closed
        self.options = list(options)
        self.widget.choices = self.options

    def to_python(self, value: Any) -> list[str]:
        """Return the values, each once; raise for ones that cannot be meant."""
        values = [text for text in dict.fromkeys(str(v).strip() for v in value or []) if text]
        if len(values) > MAX_VALUES:
            raise forms.ValidationError(f"At most {MAX_VALUES} values can be chosen.")
        for text in values:
            if len(text) > MAX_TEXT or "\x00" in text:
                raise forms.ValidationError("One of the values is not one that a customer can have.")
        if self.closed:
            unknown = sorted(set(values) - {key for key, _ in self.options})
            if unknown:
                raise forms.ValidationError(f"There is no “{unknown[0]}” to choose.")
        return values


class PeopleField(ValuesField):
    """Ids of people, `none` for nobody, or `any` for whomever."""

    def to_python(self, value: Any) -> list[str]:
        """Return the ids as text; raise for anything else."""
        values = super().to_python(value)
        for text in values:
            if text not in (NONE, ANY) and read_id(text) is None:
                raise forms.ValidationError("People are chosen by their number, “none” for nobody or “any”.")
        return values


class DaysField(forms.ChoiceField):
    """A number of days: a few are offered, and an address may name any other up to ten years."""

    def __init__(self, *, words: str, **kwargs: Any) -> None:
        self.words = words
        self.offered = [("", "Any time"), *((str(days), words.format(days)) for days in DAYS)]
        super().__init__(choices=self.offered, required=False, **kwargs)

    def valid_value(self, value: Any) -> bool:
        """Tell whether this is a number of days."""
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_DAYS

    def offer(self, value: Any) -> None:
        """Offer these days too, so that the form that shows them keeps them."""
        if value and self.valid_value(value) and str(value) not in dict(self.offered):
            self.choices = [*self.offered, (str(value), self.words.format(value))]


class DayField(forms.DateField):
    """A day as the browser's own picker sends it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


def _amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=16,
        decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


def _count(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MAX_COUNT)


class FilterForm(forms.Form):
    """Reads the filters of an address; what cannot be read is told and not applied."""

    template_name_label = "django/forms/label.html"

    q = forms.CharField(
        label="Name, domain or id contains",
        required=False,
        max_length=MAX_SEARCH,
        error_messages={"max_length": f"Search for at most {MAX_SEARCH} characters."},
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    tier = ValuesField(label="Tier", options=[*Tier.choices, (NONE, "No tier yet")], closed=True)
    stage = ValuesField(label="Stage", options=Stage.choices, closed=True)
    csm = PeopleField(label="CSM")
    mine = _choice("Assigned to me", YES_NO)
    tag = ValuesField(label="Tags (any of)")
    country = ValuesField(label="Country")
    industry = ValuesField(label="Industry")
    language = ValuesField(label="Language")
    edition = ValuesField(label="Edition")
    brand = _choice("Well-known brand", YES_NO)
    strategic = _choice("Strategic", YES_NO)
    arr_min = _amount("ARR from")
    arr_max = _amount("ARR to")
    mrr_min = _amount("MRR from")
    mrr_max = _amount("MRR to")
    seats_min = _count("Seats from")
    seats_max = _count("Seats to")
    renews = _choice("Renewal", RENEWALS)
    renews_from = DayField(label="Renewal from")
    renews_to = DayField(label="Renewal until")
    since_from = DayField(label="Customer since, from")
    since_to = DayField(label="Customer since, until")
    quiet = DaysField(label="Not spoken with", words="For {} days")
    spoken = DaysField(label="Spoken with", words="In the last {} days")
    waiting = _choice("Waiting tier move", YES_NO)
    over = _choice("CSM past the limit", YES_NO)
    hours = _choice("Past the month's hours", YES_NO)

    def __init__(self, data: Any, *, viewer: User, custom_fields: Sequence[CustomField] = ()) -> None:
        self.viewer = viewer
        super().__init__(data, auto_id="f-%s", use_required_attribute=False)
        for name in BY_CONTACT:
            cast(DaysField, self.fields[name]).offer(self.data.get(name))
        self.custom_fields = list(custom_fields)
        for field in self.custom_fields:
            self.fields.update(custom_form_fields(field))

    def clean(self) -> dict[str, Any]:
        """Return the values; tell of a lower bound above its upper one."""
        cleaned = super().clean() or self.cleaned_data
        for low in list(self.fields):
            stem, _, end = low.rpartition("_")
            high = f"{stem}_{'max' if end == 'min' else 'to'}"
            if end in ("min", "from") and high in self.fields:
                bottom, top = cleaned.get(low), cleaned.get(high)
                if bottom is not None and top is not None and bottom > top:
                    self.add_error(low, "This is above the upper bound.")
        return cleaned

    def active(self) -> dict[str, Any]:
        """Return the filters that are set and could be read."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.fields if _is_set(self.cleaned_data.get(name))}

    def problems(self) -> list[tuple[str, str]]:
        """Return (label, what is wrong) of each filter that could not be read."""
        self.is_valid()
        return [(str(self.fields[name].label), str(error)) for name, errors in self.errors.items() for error in errors]

    def apply(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Return the customers that fit every filter set."""
        for name, value in self.active().items():
            if name in BY_CONTACT:
                customers = BY_CONTACT[name](customers, company_today() - timedelta(days=int(value)))
            else:
                customers = customers.filter(self._condition(name, value))
        return customers

    def _condition(self, name: str, value: Any) -> Q:
        if name.startswith(CUSTOM_PREFIX):
            return custom_condition(name, value, self.custom_fields)
        if name == "mine":
            mine = Q(pk__in=Assignment.objects.filter(ends_at=None, person=self.viewer).values("customer_id"))
            return mine if value == "yes" else ~mine
        return CONDITIONS[name](value)


def _is_set(value: Any) -> bool:
    return value is not None and value != "" and value != []


# --- what each filter means ---------------------------------------------------------------------------------------
def _search(text: str) -> Q:
    # icontains takes % and _ literally and uses the trigram indexes of UPPER(name), UPPER(domain), UPPER(external_id).
    return Q(name__icontains=text) | Q(domain__icontains=text) | Q(external_id__icontains=text)


def _tier(values: list[str]) -> Q:
    found = Q(tier__in=[value for value in values if value != NONE])
    return found | Q(tier=None) if NONE in values else found


def _csm(values: list[str]) -> Q:
    held = Assignment.objects.filter(ends_at=None, role=Role.CSM)
    ids = [int(value) for value in values if value not in (NONE, ANY)]
    found = Q(pk__in=held.filter(person_id__in=ids).values("customer_id")) if ids else Q(pk__in=[])
    if ANY in values:
        found |= Q(pk__in=held.values("customer_id"))
    return found | ~Q(Exists(held.filter(customer=OuterRef("pk")))) if NONE in values else found


def _named(field: str) -> Callable[[list[str]], Q]:
    # NONE asks for those of whom it is not known.
    return lambda values: Q(**{f"{field}__in": ["" if value == NONE else value for value in values]})


def _renews(window: str) -> Q:
    today = timezone.localdate()
    if window == NONE:
        return Q(renews_on=None)
    if window == "past":
        return Q(renews_on__lt=today)
    return Q(renews_on__gte=today, renews_on__lte=today + timedelta(days=int(window)))


def _waiting(answer: str) -> Q:
    waiting = Q(Exists(TierMove.objects.filter(customer=OuterRef("pk"), status=TierMove.Status.WAITING)))
    return waiting if answer == "yes" else ~waiting


def _if_yes(condition: Callable[[], Q]) -> Callable[[str], Q]:
    return lambda answer: condition() if answer == "yes" else ~condition()


def _mrr_of_arr(amount: Decimal) -> Decimal:
    return amount / 12


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "q": _search,
    "tier": _tier,
    "stage": lambda values: Q(stage__in=values),
    "csm": _csm,
    "tag": lambda values: Q(tags__overlap=values),
    "country": _named("country"),
    "industry": lambda values: Q(industry__in=values),
    "language": _named("language"),
    "edition": lambda values: Q(edition__in=values),
    "brand": lambda answer: Q(is_brand=answer == "yes"),
    "strategic": lambda answer: Q(is_strategic=answer == "yes"),
    # ARR is twelve times the MRR; the rounding of a twelfth must not push a customer over the bound it stands on.
    "arr_min": lambda amount: Q(mrr__gte=_mrr_of_arr(amount).quantize(Decimal("0.0001"), "ROUND_FLOOR")),
    "arr_max": lambda amount: Q(mrr__lte=_mrr_of_arr(amount).quantize(Decimal("0.0001"), "ROUND_CEILING")),
    "mrr_min": lambda amount: Q(mrr__gte=amount),
    "mrr_max": lambda amount: Q(mrr__lte=amount),
    "seats_min": lambda count: Q(seats__gte=count),
    "seats_max": lambda count: Q(seats__lte=count),
    "renews": _renews,
    "renews_from": lambda day: Q(renews_on__gte=day),
    "renews_to": lambda day: Q(renews_on__lte=day),
    "since_from": lambda day: Q(signed_up_on__gte=day),
    "since_to": lambda day: Q(signed_up_on__lte=day),
    "waiting": _waiting,
    "over": _if_yes(over_limit),
    "hours": _if_yes(over_allowance),
}


# --- an administrator's own fields --------------------------------------------------------------------------------
def custom_form_fields(field: CustomField) -> dict[str, forms.Field]:
    """Return the filter's form fields for a custom field: a range, a part of the text, or a choice."""
    name, label = f"{CUSTOM_PREFIX}{field.key}", field.label
    if field.type == CustomField.Type.NUMBER:
        return {f"{name}_min": _number(f"{label}, from"), f"{name}_max": _number(f"{label}, to")}
    if field.type == CustomField.Type.DATE:
        return {f"{name}_from": DayField(label=f"{label}, from"), f"{name}_to": DayField(label=f"{label}, until")}
    if field.type == CustomField.Type.YES_NO:
        return {name: _choice(label, YES_NO)}
    if field.type == CustomField.Type.CHOICE:
        return {name: ValuesField(label=label, options=[(choice, choice) for choice in field.choices])}
    return {name: forms.CharField(label=f"{label} contains", required=False, max_length=MAX_SEARCH)}


def _number(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, widget=forms.NumberInput(attrs={"step": "any"}))


def custom_condition(name: str, value: Any, custom_fields: Sequence[CustomField]) -> Q:
    """Return what the filter of a custom field means; numbers and ISO days compare as JSON keeps them."""
    field, end = _custom_field(name, custom_fields)
    if end in ("min", "from"):
        return Q(GreaterThanOrEqual(_kept(field), Value(_as_json(value), JSONField())))
    if end in ("max", "to"):
        return Q(LessThanOrEqual(_kept(field), Value(_as_json(value), JSONField())))
    if field.type == CustomField.Type.YES_NO:
        return Q(custom__contains={field.key: value == "yes"})
    if field.type == CustomField.Type.CHOICE:
        found = Q()
        for choice in value:
            found |= Q(custom__contains={field.key: choice})
        return found
    return Q(IContains(_kept(field, as_text=True), value))


def _kept(field: CustomField, *, as_text: bool = False) -> Func:
    # By function: a key may be called as a lookup is ("date"), or be all digits, which a path takes for an index.
    function = "jsonb_extract_path_text" if as_text else "jsonb_extract_path"
    return Func(F("custom"), Value(field.key), function=function, output_field=TextField() if as_text else JSONField())


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _custom_field(name: str, custom_fields: Sequence[CustomField]) -> tuple[CustomField, str]:
    key = name.removeprefix(CUSTOM_PREFIX)
    for field in custom_fields:
        if field.key == key:
            return field, ""
        stem, _, end = key.rpartition("_")
        if field.key == stem and f"{CUSTOM_PREFIX}{key}" in custom_form_fields(field):
            return field, end
    raise LookupError(name)
