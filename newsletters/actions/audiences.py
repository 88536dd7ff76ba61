"""Changing whom an issue or a notice is for."""

from core.transactions import repeated_transaction
from newsletters.audiences import AudienceContent, content_of
from newsletters.models import Audience, AudiencePick


@repeated_transaction
def set_audience(*, audience: Audience, content: AudienceContent) -> bool:
    """Return whether it changed whom the audience means; an approval of what it meant before is then worth nothing."""
    audience = Audience.objects.select_for_update(no_key=True).get(pk=audience.pk)
    before = content_of(audience)
    if _sorted(before) == _sorted(content):
        return False
    audience.tiers = content.tiers
    audience.languages = content.languages
    audience.conditions = content.conditions
    audience.decision_makers_only = content.decision_makers_only
    audience.only_picked = content.only_picked
    audience.save()
    audience.topics.set(content.topics)
    _set_picks(audience, before, content)
    return True


def _set_picks(audience: Audience, before: AudienceContent, content: AudienceContent) -> None:
    gone = {"contact": set(before.contacts) - set(content.contacts)}
    gone["customer"] = set(before.customers) - set(content.customers)
    for key, ids in gone.items():
        audience.picks.filter(**{f"{key}__in": ids}).delete()
    new = [AudiencePick(audience=audience, contact_id=pk) for pk in content.contacts if pk not in before.contacts]
    new += [AudiencePick(audience=audience, customer_id=pk) for pk in content.customers if pk not in before.customers]
    AudiencePick.objects.bulk_create(new, ignore_conflicts=True)


def _sorted(content: AudienceContent) -> tuple[object, ...]:
    lists = (content.tiers, content.languages, content.topics, content.contacts, content.customers)
    flags = (content.decision_makers_only, content.only_picked)
    return (*(sorted(one) for one in lists), content.conditions, *flags)
