"""Every page of the permission table, wide and narrow, light and dark: usable by anybody, quiet in the console."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts import timeline
from segments.models import TimeEntry
from tests.browser.conftest import FaultsInEveryLook
from tests.cast import make_subscription
from tests.permissions.line import Line
from tests.permissions.stage import Stage
from tests.permissions.subjects import ANONYMOUS, CONTACT
from tests.permissions.table import LINES

# Whose page is the fullest: an address is opened as the first of these who may.
READERS = ("administrator", "manager", "csm", CONTACT, ANONYMOUS)
# So many that two processes share the readers with the most pages.
PAGES_A_TEST = 16
# Answers that a page asks for, or that somebody saves: nobody looks at them alone.
NO_PAGES = {
    "bulk_progress",
    "calendar_feed",
    "customer_suggest",
    "export_file",
    "export_progress",
    "import_progress",
    "import_rejected",
    "import_problems",
    "import_kept",
    "link_booked_file",
    "mail-attachment",
    "mail_framed",
    "mail_pixel",
    "newsletter_archived_mail",
    "newsletter_clocks",
    "newsletter_figures_file",
    "newsletter_picture",
    "newsletter_preview_contacts",
    "newsletter_preview_mail",
    "newsletter_progress_now",
    "newsletter_steps",
    "notices_script",
    "mail-html",
    "portal_hour_file",
    "portal_hour_follow_up",
    "rebalance_progress",
    "rule_set_check",
    "rule_set_flow",
    "scenario_customers",
    "tier_thresholds",
    "tier_run_progress",
}
# Pages whose content depends on the reader, beside the reader of the table.
OTHER_READERS = [
    ("my_day", "manager"),
    ("my_day", "csm"),
    ("my_day", "nobody"),
    ("portfolio", "csm"),
    ("customers", "csm"),
    ("customer", "csm"),
    ("limits", "csm"),
]


@pytest.fixture
def stage(cast: SimpleNamespace) -> Stage:
    """Return the table's objects, with something to read on the customer's page."""
    acme, csm = cast.acme, cast.csm
    make_subscription(acme, 4000, edition="Enterprise", seats=80, ends_on=timezone.localdate() + timedelta(days=60))
    acme.tags = ["reference", "a tag of somebody who likes long tags very much indeed"]
    acme.save()
    TimeEntry.objects.create(customer=acme, person=csm, on=timezone.localdate(), minutes=45, activity="call")
    timeline.record(acme, "note", "Wrote a note", actor=csm, data={"text": "They grow.\n" * 3})
    return Stage(cast)


@pytest.fixture(autouse=True)
def without_limits(settings) -> None:
    """Let so many knocks from one address be no attack."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MFA_RATE_LIMITS = False
    cache.clear()


def reader_of(line: Line) -> str | None:
    """Return who opens the page, nobody where the address is none that stands alone."""
    if "GET" not in line.methods.split() or line.door == "api" or line.name in NO_PAGES:
        return None
    side = line.sides()[0]
    return next((who for who in READERS if line.expected(who, "GET", side).statuses == (200,)), None)


def pages_for(reader: str) -> list[Line]:
    """Return the lines of the pages that this reader opens."""
    others = {name for name, who in OTHER_READERS if who == reader}
    return [line for line in LINES if reader_of(line) == reader or line.name in others]


def path_of(line: Line, stage: Stage) -> str:
    """Return the address of the line with the stage's objects in it."""
    parts = line.named(line.address, line.sides()[0])
    return reverse(line.name, kwargs={part: stage.value(name) for part, name in parts.items()}) + line.query


def parts() -> list[tuple[str, int]]:
    """Return each reader with the places in its pages at which a test begins."""
    return [
        (reader, first) for reader in [*READERS, "nobody"] for first in range(0, len(pages_for(reader)), PAGES_A_TEST)
    ]


def test_every_reader_opens_something() -> None:
    assert {reader for reader, _ in parts()} == {*READERS, "nobody"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("reader", "first"), parts())
def test_every_page_of_a_reader_is_usable(
    reader: str, first: int, stage: Stage, faults_in_every_look: FaultsInEveryLook
) -> None:
    user = None if reader == ANONYMOUS else stage.user(reader)
    paths = [path_of(line, stage) for line in pages_for(reader)[first : first + PAGES_A_TEST]]
    faults = faults_in_every_look(paths, user)
    assert not faults, "\n".join(faults)
