"""Showing an action's refusal in the form that asked for it."""

from django import forms

from core.errors import ProductError


def show_refusal(form: forms.Form, error: ProductError) -> None:
    """Add each problem's sentence to its field, or to the whole form where it is about none."""
    problems = error.details.get("problems") or [{"field": error.field, "message": error.message}]
    for problem in problems:
        form.add_error(problem["field"] if problem["field"] in form.fields else None, problem["message"])
