"""Forms of the workspace's pages."""

from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms

from accounts.actions.timeline import MAX_NOTE, NoteKind
from accounts.facts import clean_tags
from accounts.models import CustomField, RoleGrant, SavedView, Stage, User
from accounts.permissions import may
from core.errors import Invalid
from segments.queries import portfolio_load
from segments.queries.placement import csms
from workspace.actions.bulk import ASSIGNABLE_ROLES
from workspace.actions.views import MAX_NAME
from workspace.lists import FilterForm
from workspace.models import BulkJob

Change = BulkJob.Change


# --- filters ------------------------------------------------------------------------------------------------------
def filter_helper(form: FilterForm) -> FormHelper:
    """Return the layout of the filter panel: what belongs together stands together."""
    helper = FormHelper(form)
    helper.form_tag = False
    helper.disable_csrf = True
    groups = [
        ("Service", ["tier", "stage", "csm", "quiet", "spoken", "waiting", "over", "hours", "mine"]),
        ("Money, size and time", ["arr_min|arr_max", "mrr_min|mrr_max", "seats_min|seats_max", "renews"]),
        ("Between days", ["renews_from|renews_to", "since_from|since_to"]),
        ("Company", ["country", "industry", "language", "edition", "tag", "brand", "strategic"]),
    ]
    custom = _custom_pairs(form.custom_fields, form)
    if custom:
        groups.append(("Custom fields", custom))
    helper.layout = Layout(*(Fieldset(title, *(_pair(names) for names in fields)) for title, fields in groups))
    return helper


def _pair(names: str) -> Any:
    if "|" not in names:
        return Field(names)
    return Div(*(Field(name) for name in names.split("|")), css_class="field-pair")


def _custom_pairs(fields: list[CustomField], form: FilterForm) -> list[str]:
    ends: dict[str, tuple[str, str]] = {"number": ("min", "max"), "date": ("from", "to")}
    names = []
    for field in fields:
        name = f"cf_{field.key}"
        names.append("|".join(f"{name}_{end}" for end in ends[field.type]) if field.type in ends else name)
    return [name for name in names if name.split("|")[0] in form.fields]


# --- views --------------------------------------------------------------------------------------------------------
class ViewForm(forms.Form):
    """Names a saved view."""

    name = forms.CharField(label="Name", max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    is_shared = forms.BooleanField(label="Share with everybody", required=False)
    is_default = forms.BooleanField(label="Open this list with it", required=False)

    def __init__(self, *args: Any, view: SavedView | None = None, is_default: bool = False, **kwargs: Any) -> None:
        if view is not None:
            kwargs.setdefault("initial", {"name": view.name, "is_shared": view.is_shared, "is_default": is_default})
        super().__init__(*args, **kwargs)


# --- bulk changes -------------------------------------------------------------------------------------------------
class BulkForm(forms.Form):
    """What is set on the customers selected; only the fields of the change asked for are there."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    person = forms.TypedChoiceField(label="To whom", coerce=int)
    role = forms.ChoiceField(label="Role", choices=[(role.value, role.label) for role in ASSIGNABLE_ROLES])
    tags = forms.CharField(label="Tags", max_length=600, help_text="Several are separated by commas.")
    stage = forms.ChoiceField(label="Stage", choices=Stage.choices)
    why = forms.CharField(label="Why", required=False, max_length=300, help_text="Stands on each customer's timeline.")
    override_reason = forms.CharField(
        label="Reason to go past the limit",
        required=False,
        max_length=300,
        help_text="Only where the portfolio is full; it shows on the customers.",
    )

    FIELDS = {
        Change.MOVE: ["person", "why", "override_reason"],
        Change.ROLE: ["role", "person", "why"],
        Change.TAG: ["tags"],
        Change.UNTAG: ["tags"],
        Change.STAGE: ["stage", "why"],
    }

    def __init__(self, *args: Any, actor: User, change: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"request_key": uuid4()})
        super().__init__(*args, **kwargs)
        wanted = ["request_key", *self.FIELDS[Change(change)]]
        if "override_reason" in wanted and not may(actor, "assignment.override_limit"):
            wanted.remove("override_reason")
        self.fields = {name: self.fields[name] for name in wanted}
        person = self.fields.get("person")
        if isinstance(person, forms.ChoiceField):
            person.choices = csm_choices() if change == Change.MOVE else owner_choices()
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    def clean_tags(self) -> list[str]:
        """Return the tags as they are stored."""
        try:
            tags = clean_tags(self.cleaned_data["tags"])
        except Invalid as problem:
            raise forms.ValidationError(problem.message) from problem
        if not tags:
            raise forms.ValidationError("Name at least one tag.")
        return tags

    @property
    def values(self) -> dict[str, Any]:
        """Return what the change sets."""
        return {name: value for name, value in self.cleaned_data.items() if name != "request_key" and value != ""}


def csm_choices() -> list[tuple[str, str]]:
    """Return the CSMs to whom customers may move, each with how full the portfolio is."""
    people = list(csms().order_by("name", "pk"))
    loads = portfolio_load(people)
    return [("", "Choose a CSM"), *((str(p.pk), f"{p} · {_room(loads[p.pk])}") for p in people)]


def _room(load: dict[str, Any]) -> str:
    parts = [
        f"{tier} {one.used} of {one.limit}" if one.limit is not None else f"{tier} {one.used}"
        for tier, one in load.items()
        if one.limit is not None or one.used
    ]
    return ", ".join(parts) or "no limits"


def owner_choices() -> list[tuple[str, str]]:
    """Return the people who may own customers in a role other than the CSM's, with the roles they hold."""
    holders = RoleGrant.objects.filter(role__in=ASSIGNABLE_ROLES).values("user_id")
    staff = User.objects.filter(pk__in=holders, kind=User.Kind.STAFF, is_active=True)
    people = {person.pk: person for person in staff.order_by("name", "pk")}
    held: dict[int, list[str]] = {pk: [] for pk in people}
    for grant in RoleGrant.objects.filter(user_id__in=people, role__in=ASSIGNABLE_ROLES):
        held[grant.user_id].append(grant.get_role_display())
    return [("", "Choose a person"), *((str(pk), f"{p} · {', '.join(held[pk])}") for pk, p in people.items())]


# --- the customer page --------------------------------------------------------------------------------------------
class NoteForm(forms.Form):
    """A note for the timeline."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="Kind", choices=NoteKind.choices)
    text = forms.CharField(
        label="What happened",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What was said or agreed"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="note-%s", initial={"request_key": uuid4(), "kind": NoteKind.NOTE})
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.layout = Layout(Field("request_key"), Field("text"), HTML(""), Field("kind"))
