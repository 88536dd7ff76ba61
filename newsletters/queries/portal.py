"""What a contact finds of newsletters in the portal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Contact
from newsletters import links
from newsletters.access import proposals_for_customers
from newsletters.models import Delivery, Issue, NewsletterSettings, ProposalVote
from newsletters.queries.readers import archived

# More than a year of everything that anybody sends; the newest are shown.
MOST_SHOWN = 60
NEW_FOR = timedelta(days=14)


@dataclass(frozen=True)
class NewsItem:
    """An issue that the contact may read, and where."""

    title: str
    topic: str
    sent_at: datetime
    url: str
    is_own: bool


def news_of(contact: Contact, *, limit: int = MOST_SHOWN) -> list[NewsItem]:
    """Return what was sent to the contact, and what else of the archive it may read, the newest first; three queries.

    One issue stands there once; as the contact's own mail where it got it.
    """
    own = {row["issue_id"]: _own(row) for row in _received(contact)[:limit]}
    found = list(own.values())
    if NewsletterSettings.current().archive != NewsletterSettings.Archive.NOBODY:
        found += [_archived(issue) for issue in _in_archive(limit) if issue.pk not in own]
    return sorted(found, key=lambda one: one.sent_at, reverse=True)[:limit]


@dataclass(frozen=True)
class Fresh:
    """What is new for a contact: the last issue that it got, and how many coming topics wait for its vote."""

    latest: NewsItem | None
    to_vote: int


def fresh_of(contact: Contact) -> Fresh | None:
    """Return what is new, None where nothing is; two queries."""
    latest = next(iter(_received(contact).filter(sent_at__gt=timezone.now() - NEW_FOR)[:1]), None)
    voted = ProposalVote.objects.filter(proposal=OuterRef("pk"), contact=contact)
    to_vote = proposals_for_customers().filter(~Exists(voted)).count()
    return Fresh(_own(latest) if latest else None, to_vote) if latest or to_vote else None


def _received(contact: Contact):  # type: ignore[no-untyped-def]
    """Return the mails that reached the contact, the newest first, as plain values."""
    return (
        Delivery.objects.filter(contact=contact, issue__isnull=False, state=Delivery.State.SENT, bounced_at=None)
        .order_by("-pk")
        .values("pk", "issue_id", "sent_at", "issue__title", "issue__topic__name")
    )


def _in_archive(limit: int) -> Iterable[Issue]:
    return archived()[:limit]


def _own(row: dict) -> NewsItem:
    address = links.view_url(links.token_of(row["pk"])).removeprefix(settings.PUBLIC_URL)
    return NewsItem(row["issue__title"], row["issue__topic__name"], row["sent_at"], address, is_own=True)


def _archived(issue: Issue) -> NewsItem:
    assert issue.ended_at is not None  # noqa: S101  the database keeps it for what is finished
    return NewsItem(issue.title, issue.topic.name, issue.ended_at, f"/archive/{issue.uid}/", is_own=False)
