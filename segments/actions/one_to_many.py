"""The house rules by which the company decides whether it needs a one-to-many team."""

from collections.abc import Collection

from accounts.models import User
from accounts.permissions import Reach, reach_of
from core.errors import Invalid, NotAllowed
from core.transactions import repeated_transaction
from segments.models import CapacitySettings
from segments.one_to_many.formats import formats

SETTINGS = (
    "days_without_contact",
    "attention_minutes",
    "webinar_seats",
    "webinar_minutes",
    "webinar_share",
    "formats_elsewhere",
)
MOST_DAYS = 3650
# A quarter's working time of one person: more attention than that is a person of the customer's own.
MOST_MINUTES = 13 * 40 * 60
MOST_SEATS = 100_000


@repeated_transaction
def set_one_to_many_terms(
    *,
    actor: User | None,
    days_without_contact: int,
    attention_minutes: int,
    webinar_seats: int,
    webinar_minutes: int,
    webinar_share: int,
    formats_elsewhere: Collection[str],
) -> CapacitySettings:
    """Return the settings, now with these; minutes of attention are a customer's in a quarter.

    Raises NotAllowed for who may not set the company's rules, Invalid for numbers that cannot be meant and for formats
    that there are not.
    """
    if actor is not None and reach_of(actor, "capacity.settings") < Reach.ALL:
        raise NotAllowed("The company's settings are for managers and administrators.", action="capacity.settings")
    _check(days_without_contact, 1, MOST_DAYS, "days_without_contact")
    _check(attention_minutes, 1, MOST_MINUTES, "attention_minutes")
    _check(webinar_seats, 1, MOST_SEATS, "webinar_seats")
    _check(webinar_minutes, 1, MOST_MINUTES, "webinar_minutes")
    _check(webinar_share, 0, 100, "webinar_share")
    known = [one.name for one in formats()]
    if set(formats_elsewhere) - set(known):
        raise Invalid("There is no such format.", field="formats_elsewhere")
    CapacitySettings.current()
    settings = CapacitySettings.objects.select_for_update().get(pk=1)
    settings.days_without_contact = days_without_contact
    settings.attention_minutes = attention_minutes
    settings.webinar_seats = webinar_seats
    settings.webinar_minutes = webinar_minutes
    settings.webinar_share = webinar_share
    settings.formats_elsewhere = [name for name in known if name in formats_elsewhere]
    settings.save(update_fields=SETTINGS)
    return settings


def _check(number: int, least: int, most: int, field: str) -> None:
    if not least <= number <= most:
        raise Invalid(f"A whole number from {least} to {most:,}.", field=field)
