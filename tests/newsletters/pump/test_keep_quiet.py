"""A mail whose turn comes by night waits for the morning of its reader, though it was due by day."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Contact, Customer
from newsletters.models import Delivery, NewsletterSettings
from tests.newsletters.pump.making import check_account, let_go, make_sending, send_all, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * 60
# Nine hours from the company's own clock all year.
FAR = "Asia/Tokyo"


@pytest.fixture
def night(db: None) -> None:
    """Let the hour before and the hour after this moment be quiet on clocks that show UTC, as the company's does."""
    now = timezone.now()
    minute = now.hour * 60 + now.minute
    NewsletterSettings.current()
    NewsletterSettings.objects.update(quiet_from=(minute - 60) % DAY, quiet_until=(minute + 60) % DAY)


@pytest.mark.usefixtures("night")
def test_who_sleeps_waits_and_who_does_not_gets_it(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(8, keeps_quiet_hours=True)
    ids = list(Contact.objects.filter(email__endswith="@many.example").order_by("pk").values_list("pk", flat=True))
    # Its own clock counts, else its customer's, else the company's; a name that nobody knows counts as none.
    Contact.objects.filter(pk__in=ids[:3]).update(time_zone=FAR)
    abroad = Customer.objects.create(name="Abroad", time_zone=FAR)
    Contact.objects.filter(pk__in=ids[3:5]).update(customer=abroad, time_zone="Nowhere/At_All")
    Contact.objects.filter(pk=ids[4]).update(time_zone="UTC")
    begun = timezone.now()
    send_all()
    assert states(issue) == {"sent": 4, "waiting": 4}
    asleep = Delivery.objects.filter(state="waiting")
    assert set(asleep.values_list("contact", flat=True)) == set(ids[4:])
    assert set(asleep.values_list("attempts", "waited")) == {(0, 0)}
    morning = begun + timedelta(minutes=60)
    assert all(abs(due - morning) < timedelta(minutes=2) for due in asleep.values_list("due_at", flat=True))
    NewsletterSettings.objects.update(quiet_from=0, quiet_until=0)
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 8}


@pytest.mark.usefixtures("night")
def test_an_issue_that_keeps_no_quiet_hours_goes_at_any(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(3)
    send_all()
    assert states(issue) == {"sent": 3}
