"""Rebalances: proposing and working out, editing, applying as one act and undoing as one act."""

from segments.actions.rebalances.applying import apply_rebalance
from segments.actions.rebalances.editing import accept_moves, move_to
from segments.actions.rebalances.proposing import discard_rebalance, propose_rebalance
from segments.actions.rebalances.undoing import undo_rebalance
from segments.actions.rebalances.working import resume_rebalances, run_rebalance

__all__ = [
    "accept_moves",
    "apply_rebalance",
    "discard_rebalance",
    "move_to",
    "propose_rebalance",
    "resume_rebalances",
    "run_rebalance",
    "undo_rebalance",
]
