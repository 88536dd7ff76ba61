"""What newsletters hear from the queue: questions that come back, where to book, and hours booked after a mail."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from newsletters import follow_on, invitations, sources
from newsletters.follow_on import Followed, FollowOn
from newsletters.models import Delivery, Issue
from newsletters.sources import ProposalSource, Suggested
from queues.links import book_url
from queues.models import Booking
from queues.queries.topics import LOOKED_BACK, recurring_topics

OF_DELIVERY = "customer__contacts__deliveries"


def register_sources() -> None:
    """Make the queue known to newsletters."""
    sources.register(ProposalSource("hours", asked_in_hours))
    follow_on.register(FollowOn("hours", "Hours booked", hours_booked_after))
    invitations.register(book_url)


def asked_in_hours() -> Iterable[Suggested]:
    """Return the topics that several customers asked about in hours lately."""
    for topic in recurring_topics():
        yield Suggested(
            key=topic.name.casefold(),
            title=topic.name,
            body=f"Customers bring this to their hours with experts: within {LOOKED_BACK.days} days it was asked again "
            "and again. One answer in a newsletter reaches everybody who has not asked yet.",
            asked_by=topic.customers,
        )


def hours_booked_after(issues: Sequence[Issue], days: int) -> Sequence[Followed]:
    """Return the hours that customers booked within so many days after a mail reached one of their contacts.

    An hour counts once an issue: for the contact who booked it, else for the first one at the customer who got the
    mail. Cancelled hours don't count. One query.
    """
    if not issues:
        return []
    length = timedelta(days=days)
    # Hours are few and mails are many: the hours of the time looked at are found first, then the mails before each.
    begins = min(one.started_at or one.created_at for one in issues)
    ends = max(one.ended_at or timezone.now() for one in issues) + length
    rows = (
        Booking.objects.exclude(state=Booking.State.CANCELLED)
        .filter(created_at__gt=begins, created_at__lte=ends)
        .filter(
            **{
                f"{OF_DELIVERY}__issue__in": [one.pk for one in issues],
                f"{OF_DELIVERY}__state": Delivery.State.SENT,
                f"{OF_DELIVERY}__sent_at__lt": F("created_at"),
                f"{OF_DELIVERY}__sent_at__gte": F("created_at") - length,
            }
        )
        .order_by("pk", f"{OF_DELIVERY}__sent_at", f"{OF_DELIVERY}__pk")
        .values_list("pk", "contact_id", *(f"{OF_DELIVERY}__{name}" for name in COLUMNS))
    )
    return _counted(_one_each(rows.iterator()))


COLUMNS = ("issue_id", "pk", "contact_id", "variant", "tier")
Row = tuple[int, int | None, int, int, int, str, str | None]


def _one_each(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each hour and issue: the delivery to who booked it, else the first."""
    chosen: dict[tuple[int, int], Row] = {}
    for row in rows:
        hour, booked_by, issue, _, reached, *_ = row
        before = chosen.get((hour, issue))
        if before is None or (booked_by is not None and booked_by == reached and before[4] != booked_by):
            chosen[hour, issue] = row
    return list(chosen.values())


def _counted(rows: Iterable[Row]) -> list[Followed]:
    hours: dict[tuple[int, str, str], int] = defaultdict(int)
    recipients: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    for _, _, issue, delivery, _, variant, tier in rows:
        group = (issue, variant, tier or "")
        hours[group] += 1
        recipients[group].add(delivery)
    return [Followed(*group, things=n, recipients=len(recipients[group])) for group, n in hours.items()]
