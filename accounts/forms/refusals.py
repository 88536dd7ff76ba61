"""Showing an action's refusal in the form that asked for it."""

from django import forms

from core.errors import ProductError


def show_refusal(form: forms.Form, error: ProductError) -> None:
    """Add the refusal's sentence to its field, or to the whole form where it is about none."""
    form.add_error(error.field if error.field in form.fields else None, error.message)
