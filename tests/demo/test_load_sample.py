"""The sample company: believable, the same for the same seed, and loaded whole even when cut off."""

import subprocess
import sys
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from accounts.models import Assignment, Contact, Customer, Role, Stage, Subscription, TimelineEntry, User
from calendars.models import Absence
from demo.logins import CONTACTS, STAFF, STAFF_PASSWORD
from demo.models import SampleLoad
from demo.sample import company
from demo.sample.rows import sample_customers
from newsletters.models import Issue, Preference, Proposal
from newsletters.queries.figures import figures_of
from queues.models import Booking
from segments.models import CapacitySnapshot, Rebalance, Scenario, TierMove, TimeEntry

DAY = date(2026, 11, 21)


def test_the_same_seed_draws_the_same_company():
    first, again = list(sample_customers(150, 7, DAY)), list(sample_customers(150, 7, DAY))
    assert first == again
    assert first != list(sample_customers(150, 8, DAY))


def test_drawn_rows_are_whole_and_unique():
    drawn = list(sample_customers(2000, 20, DAY))
    assert len({customer.facts["name"] for customer in drawn}) == 2000
    assert {customer.stage for customer in drawn} == set(Stage.values)
    for customer in drawn:
        assert customer.contacts
        for row in customer.subscriptions:
            assert not row["ends_on"] or row["starts_on"] <= row["ends_on"]


@pytest.fixture
def loaded(db: None) -> str:
    """Return what the command printed after loading a small company."""
    out = StringIO()
    call_command("load_sample", "--customers", "120", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_company_is_there_and_every_page_has_something_to_show(loaded):
    assert_people_log_in(loaded)
    assert_customers_are_looked_after()
    assert_capacity_has_a_history()
    assert_the_queue_is_in_use()
    assert_newsletters_are_under_way()
    before = Customer.objects.count()
    with pytest.raises(CommandError):
        call_command("load_sample", "--customers", "120", stdout=StringIO(), stderr=StringIO())
    call_command("load_sample", "--if-empty", stdout=StringIO(), stderr=StringIO())
    assert Customer.objects.count() == before


def assert_people_log_in(printed):
    assert Customer.objects.filter(external_id__isnull=False).count() == 120
    for login in STAFF:
        person = User.objects.get(email=login.email)
        assert login.email in printed
        assert person.check_password(STAFF_PASSWORD)
        assert set(person.role_grants.values_list("role", flat=True)) == set(login.roles)
    for contact in CONTACTS:
        assert Contact.objects.filter(email=contact.email, is_active=True).exists()
    assert STAFF_PASSWORD in printed


def assert_customers_are_looked_after():
    assert set(Customer.objects.exclude(tier=None).values_list("tier", flat=True)) == {"high", "low", "tech"}
    assert not Customer.objects.filter(tier__in=["high", "low"]).exclude(
        pk__in=Assignment.objects.filter(role=Role.CSM, ends_at=None).values("customer")
    )
    roles = dict(Assignment.objects.filter(ends_at=None).values_list("role").annotate(Count("id")))
    assert {Role.CSM, Role.AM, Role.AE, Role.SDR} <= set(roles)
    assert Subscription.objects.filter(is_trial=True).exists()
    assert TierMove.objects.filter(reason="pin").exists()
    assert TimelineEntry.objects.filter(kind="customer.merged").exists()
    assert SampleLoad.objects.get().finished_at


def assert_capacity_has_a_history():
    today = SampleLoad.objects.get().today
    days = CapacitySnapshot.objects.filter(person=None).order_by("on").values_list("on", flat=True)
    assert (today - days.first()).days >= 120
    assert len(days) >= 60
    # The clock was put back: nobody's day is still to come, and nothing is dated after the load.
    assert not TimeEntry.objects.filter(on__gt=today).exists()
    assert not Assignment.objects.filter(starts_at__gt=timezone.now()).exists()
    assert TimeEntry.objects.filter(customer__tier="tech").exists()
    now = timezone.now()
    absences = Absence.objects.filter(cancelled_at=None)
    assert absences.filter(ends_at__lte=now).exists()
    assert absences.filter(starts_at__lte=now, ends_at__gt=now, cover__isnull=False).exists()
    assert absences.filter(starts_at__gt=now, cover__isnull=False).exists()
    assert {"undone", "proposed"} <= set(Rebalance.objects.values_list("state", flat=True))
    assert Scenario.objects.count() == 1


def assert_the_queue_is_in_use():
    states = dict(Booking.objects.values_list("state").annotate(Count("id")))
    assert {"booked", "done", "no_show", "cancelled"} <= set(states)
    assert Booking.objects.filter(rating__isnull=False).exists()
    mine = Booking.objects.filter(contact__email="contact@acme.example").exclude(state="cancelled")
    assert {one.starts_at > timezone.now() for one in mine} == {True, False}


def assert_newsletters_are_under_way():
    states = dict(Issue.objects.values_list("state").annotate(Count("id")))
    assert states == {"finished": 2, "draft": 1, "scheduled": 1}
    for issue in Issue.objects.filter(state="finished"):
        total = figures_of(issue).total
        assert total.total == issue.total == total.delivered + total.bounced
        assert total.clicked
        assert total.unsubscribed
    assert set(Proposal.objects.values_list("state", "source")) == {
        ("open", "staff"),
        ("declined", "staff"),
        ("open", "hours"),
    }
    assert Preference.objects.filter(wants=False).exists()


@pytest.mark.parametrize("cut_at", ["week3", "coming hours"])
def test_a_load_that_was_cut_off_goes_on(db, monkeypatch, cut_at):
    def cut(work):
        raise KeyboardInterrupt

    steps = tuple(company.Step(step.name, step.words, cut) if step.name == cut_at else step for step in company.STEPS)
    with monkeypatch.context() as patched:
        patched.setattr(company, "STEPS", steps)
        with pytest.raises(KeyboardInterrupt):
            call_command("load_sample", "--customers", "40", stdout=StringIO(), stderr=StringIO())
    call_command("load_sample", "--if-empty", stdout=StringIO(), stderr=StringIO())
    assert SampleLoad.objects.get().finished_at
    assert Customer.objects.filter(external_id__isnull=False).count() == 40
    assert set(SampleLoad.objects.get().steps_done) == {step.name for step in company.STEPS}


def test_a_company_of_one_is_refused(db):
    with pytest.raises(CommandError):
        call_command("load_sample", "--customers", "1", stdout=StringIO(), stderr=StringIO())


def test_the_logins_are_printed_without_loading_the_product():
    code = "from demo.logins import printed; print(printed())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "csm@demo.example" in printed.stdout
