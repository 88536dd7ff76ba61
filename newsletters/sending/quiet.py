"""Quiet hours, looked at once more when a mail is about to go.

It was due by day when it was listed. Behind a limit, a receiver that refused it for now or a pause its turn may come by
night.
"""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import CompanySettings, Contact
from newsletters.freezing import known_zones
from newsletters.rules.timing import Timing
from newsletters.sending.claiming import Claim


def waits_of_quiet(timing: Timing, claims: Sequence[Claim]) -> dict[int, float]:
    """Return for how many seconds each delivery waits whose reader's clock shows a quiet hour; at most two queries."""
    if not timing.has_quiet_hours:
        return {}
    now, house = timezone.now(), CompanySettings.current().time_zone
    contacts = Contact.objects.filter(pk__in=[claim.contact_id for claim in claims])
    zones: dict[int | None, str] = {
        pk: next((zone for zone in (own, customers) if zone in known_zones()), house)
        for pk, own, customers in contacts.values_list("pk", "time_zone", "customer__time_zone")
    }
    waits = {zone: (timing.out_of_quiet(now, zone) - now).total_seconds() for zone in {house, *zones.values()}}
    found = {claim.id: waits[zones.get(claim.contact_id, house)] for claim in claims}
    return {pk: wait for pk, wait in found.items() if wait > 0}
