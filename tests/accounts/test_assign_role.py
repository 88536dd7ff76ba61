"""Taking a role on, giving it back and handing everything over."""

from types import SimpleNamespace

import pytest

from accounts.actions.portfolios import assign_role, hand_over_all, release_role
from accounts.models import Assignment, Role, TimelineEntry
from core.errors import Conflict, Invalid
from tests.cast import make_person


def test_owner_changes_and_history_stays(cast: SimpleNamespace) -> None:
    second = make_person("second.am@company.example", Role.AM)
    first = assign_role(actor=cast.manager, customer=cast.acme, person=cast.am, role=Role.AM, why="New in the team")
    assign_role(actor=cast.manager, customer=cast.acme, person=second, role=Role.AM, why="Growth")

    first.refresh_from_db()
    assert first.ends_at is not None
    assert first.ended_by == cast.manager
    assert first.ended_why == f"Handed over to {second}"
    assert Assignment.objects.get(customer=cast.acme, role=Role.AM, ends_at=None).person == second
    last = TimelineEntry.objects.filter(customer=cast.acme).latest("id")
    assert last.summary == "Second Am is now the account manager, after Am"
    assert (last.actor, last.why) == (cast.manager, "Growth")


def test_assigning_the_owner_again_changes_nothing(cast: SimpleNamespace) -> None:
    first = assign_role(actor=cast.manager, customer=cast.acme, person=cast.am, role=Role.AM)
    again = assign_role(actor=cast.manager, customer=cast.acme, person=cast.am, role=Role.AM)
    assert again.pk == first.pk
    assert TimelineEntry.objects.filter(customer=cast.acme).count() == 1


@pytest.mark.parametrize(
    ("role", "who", "code"),
    [
        (Role.CSM, "csm", "csm_has_limits"),
        (Role.MANAGER, "manager", "role_owns_nobody"),
        (Role.AM, "support", "role_not_held"),
        ("king", "am", "invalid"),
    ],
)
def test_role_that_cannot_be_taken_is_refused(cast: SimpleNamespace, role: str, who: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        assign_role(actor=cast.manager, customer=cast.globex, person=getattr(cast, who), role=role)
    assert refusal.value.code == code


def test_person_who_left_takes_no_role(cast: SimpleNamespace) -> None:
    cast.am.is_active = False
    cast.am.save()
    with pytest.raises(Invalid, match="no longer works here"):
        assign_role(actor=cast.manager, customer=cast.acme, person=cast.am, role=Role.AM)


def test_merged_customer_takes_no_role(cast: SimpleNamespace) -> None:
    cast.globex.merged_into = cast.acme
    cast.globex.save()
    with pytest.raises(Conflict) as refusal:
        assign_role(actor=cast.manager, customer=cast.globex, person=cast.am, role=Role.AM)
    assert refusal.value.code == "merged"


def test_released_role_has_no_owner(cast: SimpleNamespace) -> None:
    assign_role(actor=cast.manager, customer=cast.acme, person=cast.am, role=Role.AM)
    closed = release_role(actor=cast.manager, customer=cast.acme, role=Role.AM, why="Left the market")
    assert closed.ended_why == "Left the market"
    assert TimelineEntry.objects.filter(customer=cast.acme, kind="assignment.closed").get().why == "Left the market"
    with pytest.raises(Conflict) as refusal:
        release_role(actor=cast.manager, customer=cast.acme, role=Role.AM)
    assert refusal.value.code == "nobody_assigned"


def test_leaver_hands_over_what_the_successor_can_take(cast: SimpleNamespace) -> None:
    both = make_person("both@company.example", Role.AM, Role.DC)
    assign_role(actor=cast.manager, customer=cast.acme, person=both, role=Role.AM)
    assign_role(actor=cast.manager, customer=cast.globex, person=both, role=Role.DC)

    counts = hand_over_all(actor=cast.administrator, person=both, successor=cast.am, why="Left the company")

    assert counts == {"am": 1, "dc": 1}
    assert Assignment.objects.get(customer=cast.acme, role=Role.AM, ends_at=None).person == cast.am
    assert not Assignment.objects.filter(customer=cast.globex, role=Role.DC, ends_at=None).exists()
    assert not Assignment.objects.filter(person=both, ends_at=None).exists()
    assert "nobody has taken over yet" in TimelineEntry.objects.filter(customer=cast.globex).latest("id").summary


def test_nobody_hands_over_to_themselves(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid):
        hand_over_all(actor=cast.administrator, person=cast.am, successor=cast.am)
