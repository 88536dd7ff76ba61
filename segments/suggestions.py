"""What to offer a customer whose hours are used up: materials and the queue, registered by the apps that have them."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import Customer, User


@dataclass(frozen=True)
class Suggestion:
    """One thing to offer instead of more hours; `url` leads to it, where there is a page for it."""

    title: str
    text: str
    url: str = ""


Provider = Callable[[Customer, User], list[Suggestion]]

ALWAYS = (
    Suggestion("Material for self-study", "Send a guide, a video or a reference page that answers the question."),
    Suggestion("One-to-many queue", "Offer an hour with an expert that any customer may book, or the next webinar."),
)

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add an app's suggestions under its name; they replace the general ones. Called in the app's `ready`."""
    _providers[name] = provider


def suggestions_for(customer: Customer, user: User) -> list[Suggestion]:
    """Return what the person may offer the customer instead of more hours."""
    found = [suggestion for provider in _providers.values() for suggestion in provider(customer, user)]
    return found or list(ALWAYS)
