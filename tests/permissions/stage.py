"""The objects behind the addresses of the permission table, each made when a line first names it."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.actions.imports import upload_file
from accounts.actions.invitations import invite
from accounts.actions.merges import merge_customers
from accounts.models import (
    Assignment,
    CustomerMerge,
    CustomField,
    DuplicatePair,
    ExchangeRate,
    ExportJob,
    ImportJob,
    Role,
    SavedView,
)
from calendars.actions.absences import enter_absence
from calendars.ledger import take
from calendars.models import Absence, CompanyHoliday, SpecialDay, WorkPattern
from calendars.rules.spans import Span
from core.files import store
from queues.models import Booking, QueueHost
from segments.models import Rebalance, RuleSet, Scenario, TierMove, TierPin, TierRun, TimeEntry
from tests import cast as makers
from tests.permissions.hours import HOURS, the_queue
from tests.permissions.newsletters import NEWSLETTERS
from tests.permissions.notices import NOTICES
from workspace.models import BulkJob

Maker = Callable[[SimpleNamespace], Any]


class Stage:
    """The cast with every role holder assigned to Acme, and the objects that lines ask for by name."""

    def __init__(self, cast: SimpleNamespace) -> None:
        self.cast = cast
        self.made: dict[str, Any] = {}
        for role in (Role.SDR, Role.AE, Role.SUPPORT, Role.AM, Role.DC, Role.RENEWAL_MANAGER):
            makers.assign(cast.acme, getattr(cast, role.value), role)

    def user(self, subject: str) -> Any:
        """Return whose browser the subject uses."""
        person = getattr(self.cast, subject)
        return person.user if subject.endswith("_contact") else person

    def value(self, name: Any) -> Any:
        """Return what is sent: the text after "=", the key of the object of this name, or what is no text as it is."""
        if not isinstance(name, str):
            return name
        if name.startswith("="):
            return name[1:]
        if name not in self.made:
            self.made[name] = MAKERS[name](self.cast) if name in MAKERS else getattr(self.cast, name)
        thing = self.made[name]
        return thing if isinstance(thing, str | int) else thing.pk


def _invitation(cast: SimpleNamespace) -> Any:
    return invite(actor=cast.administrator, email="invited@company.example", roles=["csm"])


def _left(cast: SimpleNamespace) -> Any:
    return makers.make_person("left@company.example", Role.CSM, is_active=False)


def _view(owner: str) -> Maker:
    return lambda cast: SavedView.objects.create(owner=getattr(cast, owner), page="customers", name="Mine")


def _bulk(owner: str) -> Maker:
    return lambda cast: BulkJob.objects.create(
        owner=getattr(cast, owner), request_key=uuid4(), change="tag", page="customers", customer_ids=[], total=0
    )


def _export(owner: str) -> Maker:
    def make(cast: SimpleNamespace) -> ExportJob:
        file = store("customers.csv", "text/csv", [b"name\n"])
        return ExportJob.objects.create(owner=getattr(cast, owner), page="customers", state="done", file=file)

    return make


def _past(owner: str, customer: str) -> Maker:
    def make(cast: SimpleNamespace) -> Assignment:
        person, now = getattr(cast, owner), timezone.now()
        return makers.assign(
            getattr(cast, customer), person, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)
        )

    return make


def _time(owner: str, customer: str) -> Maker:
    return lambda cast: TimeEntry.objects.create(
        customer=getattr(cast, customer), person=getattr(cast, owner), on=timezone.localdate(), minutes=30
    )


def _subscription(customer: str) -> Maker:
    return lambda cast: makers.make_subscription(getattr(cast, customer), 10)


def _move(customer: str) -> Maker:
    return lambda cast: TierMove.objects.create(
        customer=getattr(cast, customer), to_tier="tech", status="waiting", reason="rule", created_at=timezone.now()
    )


def _rule_set(cast: SimpleNamespace) -> RuleSet:
    return RuleSet.objects.create(version=900, name="Draft")


def _shared_scenario(cast: SimpleNamespace) -> Scenario:
    return Scenario.objects.create(owner=cast.administrator, name="Shared", is_shared=True)


def _tier_run(cast: SimpleNamespace) -> TierRun:
    return TierRun.objects.create(rule_set=_rule_set(cast), trigger="asked", started_at=timezone.now())


def _pin(customer: str) -> Maker:
    return lambda cast: TierPin.objects.create(
        customer=getattr(cast, customer), tier="high", reason="A test", pinned_at=timezone.now(), until="2099-01-01"
    )


def _rebalance(owner: str) -> Maker:
    return lambda cast: Rebalance.objects.create(
        state="proposed", people=[getattr(cast, owner).pk], proposed_at=timezone.now(), result=LOOKED_AT
    )


def _import_job(cast: SimpleNamespace) -> ImportJob:
    return upload_file(
        actor=cast.administrator, kind="customers", name="c.csv", content_type="text/csv", pieces=[b"name\nInitech\n"]
    )


def _merge(customer: str) -> Maker:
    def make(cast: SimpleNamespace) -> CustomerMerge:
        twin = makers.make_customer(f"{customer} again")
        return merge_customers(actor=cast.administrator, keep=getattr(cast, customer), merge=twin, reason="Twice")

    return make


def _queue_host(cast: SimpleNamespace) -> QueueHost:
    return QueueHost.objects.get_or_create(queue=the_queue(cast), person=cast.specialist)[0]


def _booking(customer: str, host_name: str = "") -> Maker:
    def make(cast: SimpleNamespace) -> str:
        starts = timezone.now() + timedelta(days=4 if host_name else 3)
        span = Span(starts, starts + timedelta(hours=1))
        named = f"host.of.{customer}@company.example"
        host = getattr(cast, host_name) if host_name else makers.make_person(named)
        return str(
            Booking.objects.create(
                queue=the_queue(cast),
                host=host,
                customer=getattr(cast, customer),
                commitment=take(host=host, span=span, kind="hour"),
                starts_at=span.starts,
                ends_at=span.ends,
                topic_text="Reports",
                source="portal",
            ).uid
        )

    return make


def _pair(cast: SimpleNamespace) -> DuplicatePair:
    first, second = sorted([cast.acme.pk, cast.globex.pk])
    return DuplicatePair.objects.create(first_id=first, second_id=second, score=0.9, reason="Alike")


LOOKED_AT = {"customers": 1, "seconds": 0.1}


def _week(owner: str) -> Maker:
    return lambda cast: WorkPattern.objects.create(
        person=getattr(cast, owner), starts_on=date(2026, 1, 1), time_zone="UTC"
    )


def _special_day(owner: str) -> Maker:
    return lambda cast: SpecialDay.objects.create(person=getattr(cast, owner), on=date(2026, 1, 1))


def _absence(owner: str) -> Maker:
    def make(cast: SimpleNamespace) -> Absence:
        first = timezone.localdate() + timedelta(days=7)
        return enter_absence(actor=None, person=getattr(cast, owner), first=first, last=first)

    return make


# An app that adds addresses adds the makers of their objects here.
MAKERS: dict[str, Maker] = {
    "invitation": _invitation,
    "left": _left,
    "view_of_csm": _view("csm"),
    "view_of_other_csm": _view("other_csm"),
    "bulk_of_csm": _bulk("csm"),
    "bulk_of_other_csm": _bulk("other_csm"),
    "export_of_csm": _export("csm"),
    "export_of_other_csm": _export("other_csm"),
    "past_of_csm": _past("csm", "acme"),
    "past_of_other_csm": _past("other_csm", "globex"),
    "time_of_csm": _time("csm", "acme"),
    "time_of_other_csm": _time("other_csm", "globex"),
    "subscription_of_acme": _subscription("acme"),
    "subscription_of_globex": _subscription("globex"),
    "move_of_acme": _move("acme"),
    "move_of_globex": _move("globex"),
    "rule_set": _rule_set,
    "shared_scenario": _shared_scenario,
    "tier_run": _tier_run,
    "pin_of_acme": _pin("acme"),
    "pin_of_globex": _pin("globex"),
    "rebalance_of_csm": _rebalance("csm"),
    "rebalance_of_other_csm": _rebalance("other_csm"),
    "import_job": _import_job,
    "merge_into_acme": _merge("acme"),
    "merge_into_globex": _merge("globex"),
    "pair_of_acme_and_globex": _pair,
    **HOURS,
    **NEWSLETTERS,
    **NOTICES,
    "queue": the_queue,
    "queue_slug": lambda cast: the_queue(cast).slug,
    "queue_host": _queue_host,
    "hour_of_csm": _booking("acme", "csm"),
    "hour_of_other_csm": _booking("globex", "other_csm"),
    "booking_of_acme": _booking("acme"),
    "booking_of_globex": _booking("globex"),
    "week_of_csm": _week("csm"),
    "week_of_other_csm": _week("other_csm"),
    "day_of_csm": _special_day("csm"),
    "day_of_other_csm": _special_day("other_csm"),
    "absence_of_csm": _absence("csm"),
    "absence_of_other_csm": _absence("other_csm"),
    "company_holiday": lambda cast: CompanyHoliday.objects.create(on=date(2026, 12, 24), name="Company day"),
    "rate": lambda cast: ExchangeRate.objects.create(currency="EUR", valid_from=date(2026, 1, 1), rate=1),
    "custom_field": lambda cast: CustomField.objects.create(key="colour", label="Colour", type="text"),
}
