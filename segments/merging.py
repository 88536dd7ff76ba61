"""What happens to tier moves and pins when two customers become one."""

from accounts.merging import Merger, before_moving, on_clash
from segments.models import TierMove, TierPin


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
