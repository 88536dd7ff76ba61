"""Showing an action's refusal in the form that asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms

from core.errors import ProductError


@contextmanager
def refusals_shown_in(form: forms.Form) -> Iterator[None]:
    """Show in the form what an action inside the block refuses, and go on behind the block."""
    try:
        yield
    except ProductError as error:
        show_refusal(form, error)


def show_refusal(form: forms.Form, error: ProductError) -> None:
    """Add each problem's sentence to its field, or to the whole form where it is about none."""
    problems = error.details.get("problems") or [{"field": error.field, "message": error.message}]
    for problem in problems:
        form.add_error(problem["field"] if problem["field"] in form.fields else None, problem["message"])
