"""The sample's notices: shown now, coming, over, withdrawn and in writing, and what contacts did with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from demo.logins import CONTACTS
from demo.sample.clock import as_of, evening
from demo.sample.work import Work
from newsletters.actions.notices import create_notice, publish_notice, withdraw_notice
from newsletters.actions.widget import note_step
from newsletters.audiences import AudienceContent
from newsletters.freezing import freeze_notice
from newsletters.models import Delivery, Notice, Topic

# So many contacts look into the product on the days of the load.
VISITORS = 150
STEPS = ("seen", "seen", "seen", "read", "read", "dismissed", "")


@dataclass(frozen=True)
class SampleNotice:
    """A notice with how many days before the load it was published, None for a draft; `days` is how long it shows."""

    title: str
    body: str
    kind: str = "info"
    tiers: tuple[str, ...] = ()
    published: int | None = None
    starts: int = 0
    days: int | None = None
    priority: int = 50
    shows: str = "until_dismissed"
    link: str = ""
    link_text: str = ""
    is_withdrawn: bool = False


NOTICES = (
    SampleNotice(
        "Reports now load in a second",
        "We rebuilt the reports. **Large accounts** notice it most.\n\n- Filters stay where you left them\n"
        "- Every figure leads to its rows",
        kind="new",
        published=6,
        days=30,
        link="https://help.larkspur.example/reports",
        link_text="See what is new",
    ),
    SampleNotice(
        "Maintenance on Sunday, 2:00 to 4:00 UTC",
        "The product can be *read only* for some minutes. Imports that run then go on by themselves.",
        kind="warning",
        published=1,
        days=6,
        priority=90,
    ),
    SampleNotice(
        "An hour with an expert, for every customer",
        "Bring your own situation and hear how others solved it. It costs nothing.",
        tiers=("tech", "low"),
        published=9,
        days=60,
        link="/portal/hours/",
        link_text="Book an hour",
        priority=40,
    ),
    SampleNotice(
        "Exports keep their column order",
        "You asked for it in the hours with our experts. Here it is.",
        kind="new",
        published=40,
        days=21,
        shows="once",
    ),
    SampleNotice(
        "New prices from next month",
        "They hold for new contracts only.",
        tiers=("tech",),
        published=15,
        is_withdrawn=True,
    ),
    SampleNotice(
        "Two-step approvals are coming",
        "From the day this shows, every request can have a second pair of eyes.",
        kind="new",
        published=2,
        starts=5,
        days=21,
    ),
    SampleNotice(
        "Tips for the end of the year",
        "Close old projects, archive what is done, and begin January with an empty list.",
        tiers=("tech",),
    ),
)


def show_notices(work: Work) -> None:
    """Write the notices, publish them in their time, and let contacts see, read and dismiss some."""
    for wanted in NOTICES:
        if not Notice.objects.filter(title=wanted.title).exists():
            _make(work, wanted)


def _make(work: Work, wanted: SampleNotice) -> None:
    at = evening(work.today, wanted.published or 1)
    with as_of(at):
        notice = create_notice(
            actor=work.person("specialist"),
            content=AudienceContent(tiers=list(wanted.tiers)),
            topic=Topic.objects.filter(is_open=True, needs_consent=False).first(),
            **_facts(wanted, at),
        )
        if wanted.published is None:
            return
        publish_notice(actor=work.person("specialist"), notice=notice, now=at)
        freeze_notice(notice.pk, now=at)
    _let_them_see(work, notice)
    if wanted.is_withdrawn:
        with as_of(at + timedelta(days=1)):
            withdraw_notice(actor=work.manager, notice=notice)


def _facts(wanted: SampleNotice, at: datetime) -> dict[str, Any]:
    starts = at + timedelta(days=wanted.starts + (wanted.published or 0 if wanted.starts else 0))
    link = f"{settings.PUBLIC_URL}{wanted.link}" if wanted.link.startswith("/") else wanted.link
    return {
        "title": wanted.title,
        "body": wanted.body,
        "kind": wanted.kind,
        "priority": wanted.priority,
        "shows": wanted.shows,
        "link_url": link,
        "link_text": wanted.link_text,
        "starts_at": starts,
        "ends_at": starts + timedelta(days=wanted.days) if wanted.days else None,
    }


def _let_them_see(work: Work, notice: Notice) -> None:
    """Let some of the audience look on the days since; the contacts whom the launcher names find all of it new."""
    if notice.starts_at > timezone.now():
        return
    dice = work.dice(f"notice {notice.title}")
    until = min(timezone.now(), notice.ends_at or timezone.now())
    named = [login.email for login in CONTACTS]
    reached = Delivery.objects.filter(notice=notice).exclude(address__in=named).order_by("pk")
    contacts = list(reached.values_list("contact", flat=True))
    for contact in dice.sample(contacts, min(VISITORS, len(contacts))):
        step = dice.choice(STEPS)
        if step:
            at = notice.starts_at + (until - notice.starts_at) * dice.random()
            note_step(contact_id=contact, notice=notice.uid, step=step, now=at)
