"""Merging two customers: every related row goes along, and an undo brings everything back as it was."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import UniqueConstraint
from django.utils import timezone

from accounts import merging
from accounts.actions.contacts import create_contact
from accounts.actions.customers import update_customer
from accounts.actions.merges import merge_customers, undo_merge
from accounts.models import Assignment, Contact, Customer, CustomerMerge, CustomField, DuplicatePair, Subscription, User
from accounts.timeline import record
from calendars.ledger import as_range
from calendars.models import Commitment
from calendars.rules.spans import Span
from core.errors import Conflict, Invalid
from newsletters.models import Audience, AudiencePick
from queues.models import AllowancePlace, Booking, Hold, Queue, WaitingEntry
from segments.models import PersonLimit, Rebalance, RebalanceMove, TierMove, TierPin, TimeEntry
from tests.cast import assign, make_contact, make_customer, make_subscription

KEYS_TO_CUSTOMER = [
    field
    for model in apps.get_models(include_auto_created=True)
    if not issubclass(model, pghistory.models.Event)
    for field in model._meta.concrete_fields
    if field.remote_field is not None and field.remote_field.model is Customer
]


def tier_move(customer: Customer, **fields: Any) -> TierMove:
    fields = {"from_tier": "low", "to_tier": "high", "status": "waiting", "reason": "rule", **fields}
    return TierMove.objects.create(customer=customer, created_at=timezone.now(), **fields)


def tier_pin(customer: Customer) -> TierPin:
    return TierPin.objects.create(
        customer=customer, tier="high", reason="Board", pinned_at=timezone.now(), until=date(2027, 1, 1)
    )


def rebalance_move(customer: Customer, cast: SimpleNamespace) -> RebalanceMove:
    return RebalanceMove.objects.create(
        rebalance=Rebalance.objects.create(),
        customer=customer,
        tier="low",
        from_person=cast.other_csm,
        to_person=cast.csm,
        why="Room",
    )


def commitment(host: User, **fields: Any) -> Commitment:
    starts = timezone.now() + timedelta(days=3)
    span = Span(starts, starts + timedelta(hours=1))
    if fields.get("kind") == "held":
        fields["expires_at"] = starts
    return Commitment.objects.create(
        **{"kind": "hour", **fields}, host=host, starts_at=span.starts, ends_at=span.ends, busy=as_range(span)
    )


def queue() -> Queue:
    return Queue.objects.create(slug="experts", name="Experts")


def booking(customer: Customer, host: User) -> Booking:
    taken = commitment(host)
    times = {"starts_at": taken.starts_at, "ends_at": taken.ends_at}
    return Booking.objects.create(
        queue=queue(), host=host, customer=customer, commitment=taken, topic_text="Reports", source="portal", **times
    )


def allowance_place(customer: Customer, host: User) -> AllowancePlace:
    booked = booking(customer, host)
    return AllowancePlace.objects.create(
        queue=booked.queue,
        customer=customer,
        period_starts_on=date(2026, 11, 1),
        number=1,
        out_of=1,
        booking=booked,
    )


def audience_pick(customer: Customer, _: SimpleNamespace) -> AudiencePick:
    return AudiencePick.objects.create(audience=Audience.objects.create(), customer=customer)


# One maker for each key; a new table that points at a customer adds its own here, or its name to merging.STAYING.
MAKERS: dict[str, Callable[[Customer, SimpleNamespace], models.Model]] = {
    "accounts.Customer.parent": lambda owner, cast: make_customer("Child", parent=owner),
    "accounts.Customer.merged_into": lambda owner, cast: make_customer("Merged before", merged_into=owner),
    "accounts.Contact.customer": lambda owner, cast: make_contact(owner, "new@globex.example"),
    "accounts.Subscription.customer": lambda owner, cast: make_subscription(owner, 10),
    "accounts.Assignment.customer": lambda owner, cast: assign(owner, cast.am, "am"),
    "accounts.TimelineEntry.customer": lambda owner, cast: record(owner, "test.happened", "It", actor=None),
    "segments.TimeEntry.customer": lambda owner, cast: TimeEntry.objects.create(
        customer=owner, person=cast.csm, on=date(2026, 11, 1), minutes=30
    ),
    "newsletters.AudiencePick.customer": audience_pick,
    "segments.TierMove.customer": lambda owner, cast: tier_move(owner, status="applied"),
    "segments.TierPin.customer": lambda owner, cast: tier_pin(owner),
    "segments.RebalanceMove.customer": lambda owner, cast: rebalance_move(owner, cast),
    "queues.Booking.customer": lambda owner, cast: booking(owner, cast.specialist),
    "queues.AllowancePlace.customer": lambda owner, cast: allowance_place(owner, cast.specialist),
    "queues.Hold.customer": lambda owner, cast: Hold.objects.create(
        queue=queue(), customer=owner, commitment=commitment(cast.specialist, kind="held")
    ),
    "queues.WaitingEntry.customer": lambda owner, cast: WaitingEntry.objects.create(
        queue=queue(), customer=owner, topic_text="Reports", created_at=timezone.now()
    ),
}


def everything() -> dict[str, dict[int, dict[str, Any]]]:
    """Return every row of the product's tables by model, without what no undo brings back: the record of itself."""
    return {
        model._meta.label: {
            row["id"]: {name: value for name, value in row.items() if name != "updated_at"}
            for row in model._base_manager.exclude(**_records_of_merging(model)).values()
        }
        for app in ("accounts", "segments")
        for model in apps.get_app_config(app).get_models()
        if not issubclass(model, pghistory.models.Event) and hasattr(model, "id") and model is not CustomerMerge
    }


def _records_of_merging(model: type[models.Model]) -> dict[str, Any]:
    is_timeline = model._meta.label == "accounts.TimelineEntry"
    return {"kind__startswith": "customer.merge"} if is_timeline else {"pk": None}


def merge(cast: SimpleNamespace, **how: Any) -> CustomerMerge:
    """Merge Globex into Acme as the manager."""
    record = merge_customers(actor=cast.manager, keep=cast.acme, merge=cast.globex, reason="Same company", **how)
    cast.acme.refresh_from_db()
    cast.globex.refresh_from_db()
    return record


@pytest.mark.parametrize("key", KEYS_TO_CUSTOMER, ids=lambda key: f"{key.model._meta.label}.{key.name}")
def test_every_key_to_a_customer_goes_along(cast: SimpleNamespace, key: models.ForeignKey) -> None:
    name = f"{key.model._meta.label}.{key.name}"
    if name in merging.STAYING:
        assert key.model in (CustomerMerge, DuplicatePair)
        return
    row = MAKERS[name](cast.globex, cast)
    record = merge(cast)
    row.refresh_from_db()
    assert getattr(row, key.name) == cast.acme
    undo_merge(actor=cast.manager, merge=record)
    row.refresh_from_db()
    assert getattr(row, key.name) == cast.globex


@pytest.mark.parametrize("owner", [Customer, Contact])
def test_constraints_are_of_a_kind_that_merging_understands(owner: type[models.Model]) -> None:
    for key in merging.relations_to(owner):
        for constraint in key.model._meta.constraints:
            if isinstance(constraint, ExclusionConstraint):
                names = [expression for expression, _ in constraint.expressions]
                assert key.name not in names, f"{constraint.name}: say in merging what happens to the second row"
            if isinstance(constraint, UniqueConstraint) and constraint.expressions:
                assert key.name not in str(constraint.expressions), f"{constraint.name}: plain fields can be compared"


@pytest.fixture
def two_full_customers(cast: SimpleNamespace) -> SimpleNamespace:
    """Fill both customers, with rows whose place at the other one is taken."""
    acme, globex = cast.acme, cast.globex
    for customer, mrr in ((acme, 100), (globex, 50)):
        make_subscription(customer, mrr)
        tier_pin(customer)
        tier_move(customer)
        TimeEntry.objects.create(customer=customer, person=cast.csm, on=date(2026, 11, 1), minutes=30)
    assign(globex, cast.am, "am")
    make_contact(globex, "ann@acme.example", phone="+49 30 1", is_decision_maker=True, with_login=False)
    update_customer(actor=None, customer=globex, changes={"tags": ["eu"], "seats": 7, "industry": "Energy"})
    update_customer(actor=None, customer=acme, changes={"tags": ["EU", "vip"], "industry": "Toys"})
    return cast


def test_merge_joins_and_closes(two_full_customers: SimpleNamespace) -> None:
    cast = two_full_customers
    record = merge(cast)
    acme, globex = cast.acme, cast.globex

    assert (globex.merged_into, globex.mrr, acme.mrr) == (acme, 0, 150)
    assert (acme.tags, acme.seats, acme.industry) == (["EU", "vip"], 7, "Toys")
    # Acme's owner and pin stay, Globex's are closed with a record; its account manager comes along.
    closed = Assignment.objects.get(person=cast.other_csm)
    assert (closed.customer, closed.ended_by) == (acme, cast.manager)
    assert "which Csm looks after" in closed.ended_why
    assert set(acme.assignments.filter(ends_at=None).values_list("person", flat=True)) == {cast.csm.pk, cast.am.pk}
    assert acme.tier_pins.filter(ended_at=None).count() == 1
    assert acme.tier_pins.exclude(ended_at=None).get().ended_by == cast.manager
    assert acme.tier_moves.get(status="waiting").created_at
    assert acme.tier_moves.get(status="overtaken").decision_note == "Merged into Acme"
    # The same person at both is one contact with what either knew; the second row stays where it was.
    ann = acme.contacts.get(email="ann@acme.example")
    assert (ann.phone, ann.is_decision_maker, ann.user) == ("+49 30 1", True, cast.acme_contact.user)
    assert globex.contacts.get().email == "ann@acme.example"
    assert record.before["left"] == [
        {"model": "accounts.Contact", "field": "customer", "ids": [globex.contacts.get().pk]}
    ]

    told = acme.timeline.filter(kind="customer.merged").latest("id")
    assert told.summary == "Globex was merged into this customer, with 1 contact, 1 subscription, 2 assignments"
    assert (told.actor, told.why) == (cast.manager, "Same company")
    assert globex.timeline.get().summary == "This customer was merged into Acme"


def test_undo_restores_every_row(two_full_customers: SimpleNamespace) -> None:
    cast = two_full_customers
    before = everything()
    record = merge(cast, take=["name", "external_id", "stage", "tags"])
    assert cast.acme.external_id == "globex"
    assert everything() != before
    undo_merge(actor=cast.manager, merge=record, why="Two companies after all")
    after = everything()
    assert after == before
    cast.acme.refresh_from_db()
    assert cast.acme.timeline.latest("id").summary == "The merge of Globex was undone"


def test_rows_added_since_stay_and_edits_since_stay(cast: SimpleNamespace) -> None:
    update_customer(actor=None, customer=cast.globex, changes={"seats": 7, "edition": "Pro"})
    record = merge(cast)
    added = create_contact(actor=cast.csm, customer=cast.acme, email="later@acme.example")
    update_customer(actor=cast.csm, customer=cast.acme, changes={"seats": 99})
    undo_merge(actor=cast.manager, merge=record)
    added.refresh_from_db()
    cast.acme.refresh_from_db()
    assert added.customer == cast.acme
    assert (cast.acme.seats, cast.acme.edition) == (99, "")
    assert "seats of “Acme” was changed since" in cast.acme.timeline.latest("id").summary


def test_chosen_values_survive(cast: SimpleNamespace) -> None:
    CustomField.objects.create(key="region", label="Region", type="text")
    update_customer(actor=None, customer=cast.globex, changes={"custom": {"region": "North"}, "is_brand": True})
    merge(cast, take=["name", "is_brand", "custom.region"])
    assert (cast.acme.name, cast.acme.country, cast.acme.is_brand) == ("Globex", "US", True)
    assert cast.acme.custom == {"region": "North"}


def test_unknown_choice_is_refused(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid, match="tier"):
        merge(cast, take=["tier"])


def test_merge_into_itself_is_refused(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid, match="itself"):
        merge_customers(actor=cast.manager, keep=cast.acme, merge=cast.acme)


def test_merge_of_merged_is_refused(cast: SimpleNamespace) -> None:
    merge(cast)
    third = make_customer("Third")
    for keep, lose in ((third, cast.globex), (cast.globex, third)):
        with pytest.raises(Conflict, match="merged") as refused:
            merge_customers(actor=cast.manager, keep=keep, merge=lose)
        assert refused.value.code == "merged"


def test_undo_goes_in_reverse_order(cast: SimpleNamespace) -> None:
    third, fourth = make_customer("Third"), make_customer("Fourth")
    first = merge(cast)
    second = merge_customers(actor=cast.manager, keep=cast.acme, merge=third)
    outer = merge_customers(actor=cast.manager, keep=fourth, merge=cast.acme)
    assert set(fourth.merged_customers.values_list("name", flat=True)) == {"Acme", "Globex", "Third"}
    for too_early, why in ((first, "Acme was itself merged"), (second, "Acme was itself merged")):
        with pytest.raises(Conflict, match=why):
            undo_merge(actor=cast.manager, merge=too_early)
    undo_merge(actor=cast.manager, merge=outer)
    with pytest.raises(Conflict, match="Third was merged into Acme after that"):
        undo_merge(actor=cast.manager, merge=first)
    undo_merge(actor=cast.manager, merge=second)
    undo_merge(actor=cast.manager, merge=first)
    with pytest.raises(Conflict, match="undone already"):
        undo_merge(actor=cast.manager, merge=first)
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_undo_into_a_full_portfolio_is_refused_and_changes_nothing(cast: SimpleNamespace) -> None:
    record = merge(cast)
    PersonLimit.objects.create(person=cast.other_csm, tier="low", portfolio_limit=1)
    assign(make_customer("Newcomer", tier="low"), cast.other_csm)
    before = everything()
    with pytest.raises(Conflict, match="full portfolio") as refused:
        undo_merge(actor=cast.manager, merge=record)
    assert refused.value.code == "cannot_undo"
    assert everything() == before


def test_csm_counts_in_the_kept_tier(cast: SimpleNamespace) -> None:
    third = make_customer("Third", tier="high")
    merge_customers(actor=cast.manager, keep=third, merge=cast.globex)
    owner = third.assignments.get(role="csm", ends_at=None)
    assert (owner.person, owner.tier, owner.over_limit_reason) == (
        cast.other_csm,
        "high",
        "Came with the merge of Globex",
    )


def test_tech_touch_keeps_no_csm(cast: SimpleNamespace) -> None:
    third = make_customer("Third", tier="tech")
    merge_customers(actor=cast.manager, keep=third, merge=cast.globex)
    assert third.assignments.get(role="csm").ended_why == "Merged into Third, which is tech touch"


@pytest.mark.parametrize("steps_between", [0, 1, 2])
def test_child_takes_its_parents_place(cast: SimpleNamespace, steps_between: int) -> None:
    """The kept customer is below the merged one: nobody becomes its own ancestor."""
    top = make_customer("Top")
    update_customer(actor=None, customer=cast.globex, changes={"parent": top})
    above = cast.globex
    for number in range(steps_between):
        above = make_customer(f"Between {number}", parent=above)
    update_customer(actor=None, customer=cast.acme, changes={"parent": above})
    before = everything()
    record = merge(cast)
    assert cast.acme.parent == top
    ancestors, at = [], cast.acme
    while at.parent is not None:
        at = Customer.objects.get(pk=at.parent_id)
        assert at not in ancestors
        ancestors.append(at)
    undo_merge(actor=cast.manager, merge=record)
    assert everything() == before


def test_subscription_figures_follow(cast: SimpleNamespace) -> None:
    ends = timezone.now().date() + timedelta(days=40)
    make_subscription(cast.globex, 50, ends_on=ends)
    record = merge(cast)
    assert (cast.acme.mrr, cast.acme.renews_on) == (50, ends)
    undo_merge(actor=None, merge=record)
    cast.acme.refresh_from_db()
    cast.globex.refresh_from_db()
    assert (cast.acme.mrr, cast.globex.mrr) == (0, 50)
    assert Subscription.objects.get().customer == cast.globex


def test_a_merge_keeps_both_hours_and_one_place_on_the_waiting_list(cast: SimpleNamespace) -> None:
    experts = queue()
    later = timezone.now() + timedelta(days=5)
    for owner, starts in ((cast.acme, later), (cast.globex, later + timedelta(hours=2))):
        span = Span(starts, starts + timedelta(hours=1))
        booked = Booking.objects.create(
            queue=experts,
            host=cast.specialist,
            customer=owner,
            commitment=Commitment.objects.create(
                kind="hour", host=cast.specialist, starts_at=span.starts, ends_at=span.ends, busy=as_range(span)
            ),
            starts_at=span.starts,
            ends_at=span.ends,
            topic_text="Reports",
            source="portal",
        )
        AllowancePlace.objects.create(
            queue=experts, customer=owner, period_starts_on=date(2026, 11, 1), number=1, out_of=1, booking=booked
        )
        WaitingEntry.objects.create(
            queue=experts,
            customer=owner,
            topic_text="Reports",
            created_at=timezone.now() - timedelta(days=owner.pk % 7),
        )
    before = sorted(AllowancePlace.objects.values_list("customer", "number", "out_of"))
    first = min(WaitingEntry.objects.values_list("created_at", flat=True))
    record = merge(cast)
    places = AllowancePlace.objects.filter(customer=cast.acme, active=True).order_by("number")
    assert list(places.values_list("number", "out_of")) == [(1, 1), (2, 2)]
    (waiting,) = WaitingEntry.objects.filter(state="waiting")
    assert (waiting.customer, waiting.created_at) == (cast.acme, first)
    undo_merge(actor=cast.manager, merge=record)
    assert sorted(AllowancePlace.objects.values_list("customer", "number", "out_of")) == before
    assert WaitingEntry.objects.filter(state="waiting").count() == 2
