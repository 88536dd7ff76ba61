"""People and roles, customers, contacts, subscriptions, portfolios, timeline, imports."""

from accounts.models.company import CompanySettings, ExchangeRate
from accounts.models.customers import (
    Contact,
    Customer,
    CustomerMerge,
    CustomField,
    DuplicatePair,
    Stage,
    Subscription,
    Tier,
)
from accounts.models.imports import ExportJob, ImportChange, ImportJob, ImportMapping, ImportRejection
from accounts.models.people import ApiToken, Invitation, Role, RoleGrant, Team, User
from accounts.models.portfolios import Assignment, Cover, SavedView
from accounts.models.timeline import TimelineEntry

__all__ = [
    "ApiToken",
    "Assignment",
    "CompanySettings",
    "Contact",
    "Cover",
    "CustomField",
    "Customer",
    "CustomerMerge",
    "DuplicatePair",
    "ExchangeRate",
    "ExportJob",
    "ImportChange",
    "ImportJob",
    "ImportMapping",
    "ImportRejection",
    "Invitation",
    "Role",
    "RoleGrant",
    "SavedView",
    "Stage",
    "Subscription",
    "Team",
    "Tier",
    "TimelineEntry",
    "User",
]
