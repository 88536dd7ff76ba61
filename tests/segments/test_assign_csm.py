"""Assigning, moving and releasing CSMs within the limits that the database keeps."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core.errors import Conflict, Invalid, NotAllowed
from segments.actions.assignments import assign_csm, move_customers, release_csm, write_handover_note
from segments.models import PersonLimit
from tests.cast import assign, make_customer


def limit(person: User, tier: str, places: int) -> None:
    PersonLimit.objects.update_or_create(person=person, tier=tier, defaults={"portfolio_limit": places})


def csm_of(customer: Customer) -> User | None:
    found = Assignment.objects.filter(customer=customer, role=Role.CSM, ends_at=None).first()
    return found.person if found else None


def test_csm_changes_with_a_handover_note(cast: SimpleNamespace) -> None:
    new = assign_csm(
        actor=cast.manager,
        customer=cast.globex,
        person=cast.csm,
        why="Speaks German",
        handover_note="They plan a second office.",
    )
    assert (new.person, new.tier, new.over_limit_reason) == (cast.csm, "low", "")
    old = Assignment.objects.get(customer=cast.globex, person=cast.other_csm)
    assert old.handover_note.startswith("Other Csm was the CSM from ")
    assert old.handover_note.endswith("\n\nThey plan a second office.")
    told = list(TimelineEntry.objects.filter(customer=cast.globex).order_by("id").values_list("summary", flat=True))
    assert told == ["Other Csm is no longer the CSM", "Csm is now the CSM, after Other Csm"]


def test_full_portfolio_refuses_with_the_reason(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 0)
    with pytest.raises(Conflict) as refusal:
        assign_csm(actor=cast.manager, customer=cast.globex, person=cast.csm)
    error = refusal.value
    assert error.code == "over_limit"
    assert (error.details["limit"], error.details["count"]) == (0, 0)
    assert [one["name"] for one in error.details["has_room"]] == ["Other Csm"]
    assert csm_of(cast.globex) == cast.other_csm


def test_manager_overrides_a_limit_with_a_reason_that_stays(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 0)
    new = assign_csm(
        actor=cast.manager, customer=make_customer("New", tier="low"), person=cast.csm, override_reason="Asked for"
    )
    assert new.over_limit_reason == "Asked for"
    entry = TimelineEntry.objects.get(customer=new.customer)
    assert entry.summary == "Csm is now the CSM past the limit"
    assert "Asked for" in entry.why


def test_override_that_was_not_needed_leaves_no_mark(cast: SimpleNamespace) -> None:
    new = assign_csm(actor=cast.manager, customer=cast.globex, person=cast.csm, override_reason="Just in case")
    assert new.over_limit_reason == ""


def test_only_who_may_overrides(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 0)
    with pytest.raises(NotAllowed):
        assign_csm(actor=cast.am, customer=cast.globex, person=cast.csm, override_reason="Please")
    # Globex is another team's.
    with pytest.raises(NotAllowed):
        assign_csm(actor=cast.manager, customer=cast.globex, person=cast.csm, override_reason="Please")
    assert csm_of(cast.globex) == cast.other_csm


def test_tech_touch_gets_a_csm_only_for_a_reason(cast: SimpleNamespace) -> None:
    small = make_customer("Small", tier="tech")
    with pytest.raises(Conflict) as refusal:
        assign_csm(actor=cast.manager, customer=small, person=cast.csm)
    assert refusal.value.code == "tech_touch"
    assert assign_csm(actor=cast.manager, customer=small, person=cast.csm, override_reason="Pilot").tier == "tech"


def test_customer_in_no_tier_waits_for_one(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as refusal:
        assign_csm(actor=cast.manager, customer=make_customer("Fresh"), person=cast.csm)
    assert refusal.value.code == "no_tier"


def test_only_a_csm_becomes_csm(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as refusal:
        assign_csm(actor=cast.manager, customer=cast.globex, person=cast.am)
    assert refusal.value.code == "role_not_held"


def test_bulk_move_is_all_or_nothing(cast: SimpleNamespace) -> None:
    customers = [make_customer(f"Bulk {n}", tier="low") for n in range(4)]
    limit(cast.csm, "low", 3)
    with pytest.raises(Conflict) as refusal:
        move_customers(actor=cast.manager, customers=[c.pk for c in customers], person=cast.csm)
    assert (refusal.value.details["count"], refusal.value.details["asked"]) == (0, 4)
    assert csm_of(customers[0]) is None

    limit(cast.csm, "low", 4)
    queryset = Customer.objects.filter(name__startswith="Bulk")
    assert move_customers(actor=cast.manager, customers=queryset, person=cast.csm) == {"moved": 4, "unchanged": 0}
    assert move_customers(actor=cast.manager, customers=queryset, person=cast.csm) == {"moved": 0, "unchanged": 4}


def test_bulk_move_takes_the_same_number_of_queries(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 1000)
    counts = []
    for size in (3, 300):
        ids = [make_customer(f"Set {size} {n}", tier="low").pk for n in range(size)]
        for pk in ids[:2]:
            assign(Customer.objects.get(pk=pk), cast.other_csm)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            move_customers(actor=cast.manager, customers=ids, person=cast.csm)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_released_customer_keeps_its_history(cast: SimpleNamespace) -> None:
    closed = release_csm(
        actor=cast.manager, customer=cast.acme, why="Moved to another market", handover_note="Call Ann."
    )
    assert closed.ended_why == "Moved to another market"
    assert closed.handover_note.endswith("Call Ann.")
    assert csm_of(cast.acme) is None
    with pytest.raises(Conflict) as refusal:
        release_csm(actor=cast.manager, customer=cast.acme, why="Again")
    assert refusal.value.code == "nobody_assigned"


def test_note_is_added_after_the_release_and_can_be_written_again(cast: SimpleNamespace) -> None:
    closed = release_csm(actor=cast.manager, customer=cast.acme, why="To tech touch")
    write_handover_note(actor=cast.csm, assignment=closed, note="Ann decides.")
    closed = write_handover_note(actor=cast.csm, assignment=closed, note="Ann decides; call in May.")
    assert closed.handover_note.count("Ann decides") == 1
    assert closed.handover_note.startswith("Csm was the CSM from ")
    with pytest.raises(Invalid):
        write_handover_note(actor=cast.csm, assignment=closed, note="  ")


def test_no_note_while_still_assigned(cast: SimpleNamespace) -> None:
    still = Assignment.objects.get(customer=cast.acme, ends_at=None)
    with pytest.raises(Conflict):
        write_handover_note(actor=cast.csm, assignment=still, note="Early")


def test_database_refuses_a_bulk_insert_past_the_limit(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 2)
    rows = [
        Assignment(
            customer=make_customer(f"Raw {n}", tier="low"),
            person=cast.csm,
            role="csm",
            tier="low",
            starts_at=timezone.now(),
        )
        for n in range(3)
    ]
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Assignment.objects.bulk_create(rows)
    assert refusal.value.__cause__.diag.constraint_name == "assignment_within_limit"
    Assignment.objects.bulk_create(rows[:2])


@pytest.mark.parametrize("change", [{"person": "csm"}, {"tier": "low"}, {"ends_at": None}, {"over_limit_reason": ""}])
def test_database_refuses_an_update_past_the_limit(cast: SimpleNamespace, change: dict) -> None:
    limit(cast.csm, "low", 0)
    start = {"person": cast.csm, "tier": "low", "over_limit_reason": "x"}
    start |= {
        "person": {"person": cast.other_csm, "over_limit_reason": ""},
        "tier": {"tier": "high", "over_limit_reason": ""},
        "ends_at": {
            "starts_at": timezone.now(),
            "ends_at": timezone.now() + timedelta(days=1),
            "over_limit_reason": "",
        },
        "over_limit_reason": {},
    }[next(iter(change))]
    row = assign(make_customer("One", tier="low"), **start)
    values = {name: getattr(cast, value) if name == "person" else value for name, value in change.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(**values)
    limit(cast.csm, "low", 1)
    Assignment.objects.filter(pk=row.pk).update(**values)


def test_lowered_limit_leaves_what_is_there(cast: SimpleNamespace) -> None:
    customers = [make_customer(f"Kept {n}", tier="low") for n in range(3)]
    for customer in customers:
        assign_csm(actor=cast.manager, customer=customer, person=cast.csm)
    limit(cast.csm, "low", 1)
    Assignment.objects.filter(person=cast.csm).update(why="Looked at again")
    assert Assignment.objects.filter(person=cast.csm, tier="low", ends_at=None).count() == 3
    with pytest.raises(Conflict):
        assign_csm(actor=cast.manager, customer=make_customer("Late", tier="low"), person=cast.csm)


def test_override_counts_against_the_limit(cast: SimpleNamespace) -> None:
    limit(cast.csm, "low", 1)
    assign(make_customer("First", tier="low"), cast.csm, over_limit_reason="Early")
    with pytest.raises(Conflict):
        assign_csm(actor=cast.manager, customer=make_customer("Second", tier="low"), person=cast.csm)
