"""Forms to give a role to somebody, to take it back and to hand a customer over."""

from typing import Any

from django import forms

from accounts.models import Role, RoleGrant, User

LONGEST_NOTE = 5000


class AssignCsmForm(forms.Form):
    """Who becomes the CSM and why; the page lists the people itself, with how well each fits."""

    person = forms.IntegerField(error_messages={"required": "Choose a CSM."})
    why = forms.CharField(max_length=300, required=False, label="Why", widget=forms.TextInput)
    handover_note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        label="Hand-over note",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the next CSM should know: goals, open promises, people.",
    )
    override_reason = forms.CharField(
        max_length=300,
        required=False,
        label="Reason to go past the limit",
        help_text="Shown with the customer and on the limits page.",
    )

    def __init__(self, *args: Any, has_csm: bool, may_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_csm:
            del self.fields["handover_note"]
        if not may_override:
            del self.fields["override_reason"]


class AssignRoleForm(forms.Form):
    """Who takes a role other than the CSM's, and why."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="Choose a person")
    why = forms.CharField(max_length=300, required=False, label="Why")

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holders = RoleGrant.objects.filter(role=role).values("user")
        self.fields["person"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=holders, is_active=True, kind=User.Kind.STAFF
        ).order_by("name", "pk")
        self.fields["person"].label = role.label


class ReleaseForm(forms.Form):
    """Why nobody owns the customer in this role any more."""

    why = forms.CharField(max_length=300, label="Why")
    handover_note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        label="Hand-over note",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the next person should know.",
    )

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if role != Role.CSM:
            del self.fields["handover_note"]


class HandoverNoteForm(forms.Form):
    """A CSM's own words about a customer it had."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        label="What the next person should know",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
