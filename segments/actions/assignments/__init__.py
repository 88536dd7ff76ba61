"""Who is a customer's CSM: assigning, moving, releasing and filling, within the limits that the database keeps."""

from segments.actions.assignments.filling import fill_portfolios
from segments.actions.assignments.giving import assign_csm, move_customers
from segments.actions.assignments.handovers import release_csm, write_handover_note
from segments.actions.assignments.leaving import release_portfolio
from segments.actions.assignments.tier_changes import follow_tiers

__all__ = [
    "assign_csm",
    "fill_portfolios",
    "follow_tiers",
    "move_customers",
    "release_csm",
    "release_portfolio",
    "write_handover_note",
]
