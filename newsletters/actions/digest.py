"""The digest to the team: promised once a week to each who edits newsletters."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts import mail
from accounts.models import CompanySettings, RoleGrant, User
from accounts.permissions import PERMISSIONS, Reach
from calendars.rules.clock import local_day, moment, monday_of, zone_of
from core.reading import locale_named, read_in
from core.transactions import repeated_transaction
from newsletters.models import NewsletterSettings
from newsletters.queries.digest import Digest, digest_of

# In minutes after midnight by the company's own clock: before the team's day begins.
FROM = 7 * 60
# Where nothing worked all Monday it comes late; later in the week it is no news.
UNTIL = timedelta(days=2)


@repeated_transaction
def send_digests(*, now: datetime | None = None) -> int:
    """Return to how many of the team the week's digest was promised now; to each once, however often this is asked."""
    now = now or timezone.now()
    zone = CompanySettings.current().time_zone
    monday = monday_of(local_day(now, zone))
    begins = moment(monday, FROM, zone)
    if not begins <= now < begins + UNTIL or not NewsletterSettings.current().sends_digest:
        return 0
    # Whoever asks at the same moment waits here and then finds all promised.
    NewsletterSettings.objects.select_for_update().get(pk=1)
    people = {_about(monday, person): person for person in readers()}
    promised = mail.promised(people)
    waiting = [person for about, person in people.items() if about not in promised]
    if not waiting:
        return 0
    digest = digest_of(monday, zone)
    if not digest.says_something:
        return 0
    for person in waiting:
        _post(person, digest, good_until=begins + UNTIL)
    return len(waiting)


def readers() -> list[User]:
    """Return the active members of staff who may edit newsletters."""
    roles = [role for role, reach in PERMISSIONS["newsletter.edit"].items() if reach > Reach.NONE]
    holders = RoleGrant.objects.filter(role__in=roles).values("user_id")
    return list(User.objects.filter(kind=User.Kind.STAFF, is_active=True, pk__in=holders).order_by("pk"))


def _about(monday: date, person: User) -> str:
    return f"newsletter-digest:{monday.isoformat()}:{person.pk}"


def _post(person: User, digest: Digest, *, good_until: datetime) -> None:
    context = {"person": person, "digest": digest, "site": settings.PUBLIC_URL}
    with read_in(locale_named(person.language, person.country)), timezone.override(zone_of(person.time_zone)):
        mail.post(
            person.email,
            "newsletter-digest",
            context,
            good_until=good_until,
            about=_about(digest.monday, person),
        )
