"""The segments app."""

from typing import Any

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        """Listen to the floor below, and let the outbox know the work that is done here."""
        from accounts.signals import person_left
        from segments import merging, tasks  # noqa: F401  they register what merges and the outbox call

        person_left.connect(release_leavers_portfolio, dispatch_uid="segments.release_leavers_portfolio")


def release_leavers_portfolio(*, person: Any, actor: Any, successor: Any, why: str, **_: Any) -> dict[str, int]:
    """Return how many customers the leaver had as their CSM; all are handed over or free now."""
    from accounts.models import Role
    from segments.actions.assignments import release_portfolio

    # A successor in another role leaves the portfolio to be placed.
    if successor is not None and not successor.role_grants.filter(role=Role.CSM).exists():
        successor = None
    counts = release_portfolio(actor=actor, person=person, successor=successor, why=why)
    total = sum(counts.values())
    return {Role.CSM.value: total} if total else {}
