"""This app's panels of the customer page: what their templates find as `data`.

`segments/_people_panel.html` and `segments/_hours_panel.html` also want `customer` and `allowed`, the actions that the
viewer may do with it.
"""

from typing import Any

from accounts.models import Customer, User
from segments.forms.time import TimeForm
from segments.queries.panels import hours_of, people_of
from segments.suggestions import suggestions_for


def people_panel(customer: Customer) -> dict[str, Any]:
    """Return who owns the customer in which role, and who did before."""
    return {"people": people_of(customer)}


def hours_panel(
    customer: Customer, viewer: User, *, form: TimeForm | None = None, over: bool = False
) -> dict[str, Any]:
    """Return this month's hours with the form to log more; where the allowance is passed, what to offer instead."""
    return {
        "hours": hours_of(customer, viewer),
        "form": form or TimeForm(),
        "suggestions": suggestions_for(customer, viewer) if over else [],
    }
