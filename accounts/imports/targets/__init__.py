"""Targets: what clean rows are matched with and written to, set by set."""

from accounts.imports.targets.base import Aim, Outcome, Target
from accounts.imports.targets.contacts import ContactTarget
from accounts.imports.targets.customers import CustomerTarget
from accounts.imports.targets.subscriptions import SubscriptionTarget

TARGETS: dict[str, type[Target]] = {
    "customers": CustomerTarget,
    "contacts": ContactTarget,
    "subscriptions": SubscriptionTarget,
}

__all__ = ["TARGETS", "Aim", "Outcome", "Target"]
