"""The forms to suppress an address and to lift that again."""

from django import forms


class SuppressForm(forms.Form):
    """An address that is to get no newsletter."""

    address = forms.EmailField(
        max_length=254, label="Mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    detail = forms.CharField(max_length=300, label="Why", help_text="Such as: asked for it by phone.")


class LiftForm(forms.Form):
    """Why an address may get newsletters again."""

    why = forms.CharField(max_length=300, label="Why", help_text="Such as: the mailbox works again.")
