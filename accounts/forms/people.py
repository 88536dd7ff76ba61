"""Forms of people, invitations, teams, the own profile and API tokens."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.db.models import QuerySet

from accounts.actions.invitations import LIFETIME
from accounts.actions.tokens import LONGEST_DAYS
from accounts.forms.choices import countries, spoken_languages, time_zones
from accounts.models import ApiToken, Role, Team, User
from accounts.rules.errors import Unreadable
from accounts.rules.places import language_code

TOKEN_LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), (str(LONGEST_DAYS), "Two years")]
TOKEN_SCOPES = [("read", "Read"), ("write", "Read and write")]


class SpokenLanguagesField(forms.CharField):
    """Languages by name or code, as people write them: "English, German"."""

    def prepare_value(self, value: Any) -> Any:
        """Return the names of the codes that are kept, or what was typed."""
        if not isinstance(value, list):
            return value
        names = dict(spoken_languages())
        return ", ".join(str(names.get(code, code)) for code in value)

    def clean(self, value: Any) -> list[str]:
        """Return the codes, each once, in the order typed."""
        words = [word for word in str(super().clean(value)).split(",") if word.strip()]
        try:
            return list(dict.fromkeys(language_code(word) for word in words))
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error


class ProfileForm(forms.Form):
    """What people change about themselves."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        choices=spoken_languages,
        label="Dates and numbers as in",
        help_text="The pages are in English; dates and numbers are written as this language does.",
    )
    country = forms.ChoiceField(
        choices=countries, required=False, help_text="Says which of a language's customs is meant: 11/21 or 21/11."
    )
    time_zone = forms.ChoiceField(choices=time_zones, help_text="The zone in which you see times.")
    spoken_languages = SpokenLanguagesField(
        required=False, help_text="The languages to talk with customers in, separated by commas."
    )

    @staticmethod
    def initial_of(person: User) -> dict[str, Any]:
        """Return what the form shows first for this person."""
        return {
            "name": person.name,
            "language": person.language,
            "country": person.country,
            "time_zone": person.time_zone,
            "spoken_languages": person.spoken_languages,
        }


class PortalProfileForm(ProfileForm):
    """What a customer's contact changes about itself."""

    spoken_languages = None  # type: ignore[assignment]


class PersonForm(ProfileForm):
    """What an administrator changes about a member of staff."""

    email = forms.EmailField(label="E-mail address", help_text="The address that this person logs in with.")
    job_title = forms.CharField(max_length=120, required=False)
    team = forms.ModelChoiceField(queryset=Team.objects.all(), required=False, empty_label="No team")
    takes_customers = forms.BooleanField(
        required=False, label="Takes customers", help_text="Automatic assignment may give this person more customers."
    )
    field_order = ("name", "email", "job_title", "team", "language", "country", "time_zone", "spoken_languages")

    @staticmethod
    def initial_of(person: User) -> dict[str, Any]:
        """Return what the form shows first for this person."""
        return ProfileForm.initial_of(person) | {
            "email": person.email,
            "job_title": person.job_title,
            "team": person.team_id,
            "takes_customers": person.takes_customers,
        }


class RolesForm(forms.Form):
    """Which roles a person holds."""

    roles = forms.MultipleChoiceField(
        choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple, label="Holds"
    )


class InviteForm(forms.Form):
    """Whom to invite, with which roles and team."""

    email = forms.EmailField(
        label="E-mail address",
        help_text=f"Gets a link that works once within {LIFETIME.days} days.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(max_length=200, required=False)
    roles = forms.MultipleChoiceField(choices=Role.choices, widget=forms.CheckboxSelectMultiple)
    team = forms.ModelChoiceField(queryset=Team.objects.all(), required=False, empty_label="No team")


class AcceptForm(forms.Form):
    """What somebody invited says about itself."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    time_zone = forms.ChoiceField(choices=time_zones)


class LeaveForm(forms.Form):
    """Who takes over from somebody who leaves, or that nobody does."""

    then = forms.ChoiceField(
        label="Their customers",
        choices=[("hand_over", "Hand over to"), ("release", "Release: nobody looks after them until assigned anew")],
        widget=forms.RadioSelect,
        initial="hand_over",
    )
    successor = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label="Successor", empty_label="Choose a person"
    )
    why = forms.CharField(max_length=300, required=False, label="Why, or a note for those who take over")

    def __init__(self, *args: Any, successors: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = successors  # type: ignore[attr-defined]

    def leave_out_customers(self) -> None:
        """Ask nothing about customers: there are none."""
        del self.fields["then"], self.fields["successor"]

    def decision(self) -> dict[str, Any]:
        """Return what the action is told."""
        hand_over = self.cleaned_data.get("then") == "hand_over"
        return {
            "successor": self.cleaned_data.get("successor") if hand_over else None,
            "release": self.cleaned_data.get("then") == "release",
            "why": self.cleaned_data["why"],
        }

    def clean(self) -> dict[str, Any]:
        """Return the answers; handing over needs a successor."""
        answers = super().clean() or {}
        if answers.get("then") == "hand_over" and not answers.get("successor"):
            self.add_error("successor", "Choose who takes over, or release the customers.")
        return answers


class TeamForm(forms.Form):
    """A team's name and managers."""

    name = forms.CharField(max_length=120)
    managers = forms.ModelMultipleChoiceField(
        queryset=User.objects.filter(kind=User.Kind.STAFF, is_active=True, role_grants__role=Role.MANAGER).order_by(
            "name"
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="People who hold the role of manager.",
    )


class TokenForm(forms.Form):
    """A new API token: what for, what it may do, how long."""

    name = forms.CharField(
        max_length=ApiToken._meta.get_field("name").max_length, help_text="What the token is for, so that you know it."
    )
    scope = forms.ChoiceField(choices=TOKEN_SCOPES, label="May")
    days = forms.TypedChoiceField(choices=TOKEN_LIFETIMES, coerce=int, label="Lasts", initial="90")
