"""What happens to tier moves, pins and proposed rebalances when two customers become one."""

from accounts.merging import Merger, before_moving, on_clash
from segments.models import Rebalance, RebalanceMove, TierMove, TierPin


@before_moving("segments.TierMove", "customer")
def overtake_waiting_move(merger: Merger) -> None:
    """Take back the merged customer's waiting move: it was decided on figures that are now another customer's."""
    for move in TierMove.objects.filter(customer=merger.merged.pk, status=TierMove.Status.WAITING):
        merger.change(
            move,
            status=TierMove.Status.OVERTAKEN,
            decided_at=merger.now,
            decided_by_id=merger.actor.pk if merger.actor else None,
            decision_note=f"Merged into {merger.kept}"[:300],
        )


@on_clash("tier_pin_one_open")
def end_second_pin(merger: Merger, row: TierPin, other: TierPin) -> None:
    """End the merged customer's pin: the kept one's pin stays."""
    merger.change(row, ended_at=merger.now, ended_by_id=merger.actor.pk if merger.actor else None)


@on_clash("rebalance_move_once_a_customer")
def drop_second_move(merger: Merger, row: RebalanceMove, other: RebalanceMove) -> None:
    """Take the merged customer's move out of a proposal that moves both; it stays behind, the kept one's counts.

    In a rebalance that was applied it is history. A move that goes along alone holds while the CSM comes along too;
    where the kept customer has a CSM of its own, applying tells that things have changed.
    """
    if row.rebalance.state == Rebalance.State.PROPOSED:
        merger.change(row, is_accepted=False)
