"""The form of a test mail."""

from typing import Any

from django import forms

from accounts.models import User

MOST_TESTED = 10


class ColleaguesField(forms.CharField):
    """Addresses of colleagues, separated by commas."""

    def clean(self, value: Any) -> Any:
        """Return the active members of staff; refuse anybody else, so that a test reaches no customer."""
        text = super().clean(value)
        addresses = list(
            dict.fromkeys(part.strip().lower() for part in text.replace(";", ",").split(",") if part.strip())
        )
        if len(addresses) > MOST_TESTED:
            raise forms.ValidationError(f"At most {MOST_TESTED} addresses.", code="too_many")
        known = {
            person.email.lower(): person
            for person in User.objects.filter(kind=User.Kind.STAFF, is_active=True, email__in=addresses)
        }
        strangers = [address for address in addresses if address not in known]
        if strangers:
            raise forms.ValidationError(
                f"{strangers[0]} is no colleague with a login. A test goes to colleagues only.", code="stranger"
            )
        return [known[address] for address in addresses]


class TestForm(forms.Form):
    """To whom a test goes."""

    to = ColleaguesField(
        max_length=1000,
        label="To",
        help_text="Your own address or those of colleagues, separated by commas.",
        widget=forms.TextInput(attrs={"data-autofocus": "yes", "autocomplete": "off"}),
    )
