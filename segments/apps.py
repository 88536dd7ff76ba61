"""The segments app."""

from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        """Listen to the floor below, and let the outbox know the work that is done here."""
        from accounts.signals import facts_changed, person_left
        from segments import merging, tasks  # noqa: F401  they register what merges and the outbox call
        from segments.queries.contacts import register_contacts

        register_contacts()

        person_left.connect(release_leavers_portfolio, dispatch_uid="segments.release_leavers_portfolio")
        facts_changed.connect(place_changed_customers, dispatch_uid="segments.place_changed_customers")
        post_migrate.connect(make_default_rule_set, sender=self, dispatch_uid="segments.make_default_rule_set")


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


def place_changed_customers(*, customer_ids: list[int], **_: Any) -> None:
    """Promise that customers whose facts changed are placed again."""
    from segments.actions.tiers import promise_placement

    promise_placement(customer_ids)


def make_default_rule_set(**_: Any) -> None:
    """Give a database without rules the default ones, once its tables are there."""
    from segments.actions.rule_sets import ensure_default_rule_set
    from segments.models import Rule, RuleSet

    tables = set(connection.introspection.table_names())
    if {RuleSet._meta.db_table, Rule._meta.db_table} <= tables:
        ensure_default_rule_set()
