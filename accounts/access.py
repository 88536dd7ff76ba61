"""The only way to get at customers and what belongs to them: what is not yours is not there."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Assignment, Contact, Cover, Customer, ImportJob, Role, Subscription, User
from accounts.permissions import CUSTOMER_ACTIONS, Reach, reach_of, require, roles_of
from core.errors import NotAllowed, NotFound


def customers_within(user: User, action: str) -> QuerySet[Customer]:
    """Return the customers with which the person may do `action`; merged ones are left out."""
    customers = Customer.objects.filter(merged_into=None)
    reach = reach_of(user, action)
    if reach == Reach.ALL:
        return customers
    if reach == Reach.NONE:
        return customers.none()
    return customers.filter(_owned(user, reach))


def visible_customers(user: User) -> QuerySet[Customer]:
    """Return the customers that the person may see."""
    return customers_within(user, "customer.view")


def customer_for(user: User, pk: int, action: str = "customer.view") -> Customer:
    """Return the customer with which the person may do `action`.

    Raises NotFound where it is not there or not visible, NotAllowed where it is visible but not for this action.
    """
    customer = customers_within(user, action).filter(pk=pk).first()
    if customer is not None:
        return customer
    if action != "customer.view" and visible_customers(user).filter(pk=pk).exists():
        raise NotAllowed("You may see this customer, but not do this with it.", action=action)
    raise NotFound("There is no such customer.")


def may_with(user: User, customer: Customer, action: str) -> bool:
    """Tell whether the person may do `action` with this customer."""
    return customers_within(user, action).filter(pk=customer.pk).exists()


def actions_with(user: User, customer: Customer) -> frozenset[str]:
    """Return all that the person may do with this customer; at most one query for each reach its roles give."""
    reaches = {action: reach_of(user, action) for action in CUSTOMER_ACTIONS}
    inside = {
        reach: reach == Reach.ALL or Customer.objects.filter(_owned(user, reach), pk=customer.pk).exists()
        for reach in set(reaches.values()) - {Reach.NONE}
    }
    return frozenset(action for action, reach in reaches.items() if inside.get(reach, False))


def contacts_within(user: User, action: str = "customer.view") -> QuerySet[Contact]:
    """Return the contacts of customers with which the person may do `action`."""
    return Contact.objects.filter(customer__in=customers_within(user, action))


def contact_for(user: User, pk: int, action: str = "customer.view") -> Contact:
    """Return the contact, if the person may do `action` with its customer; raise as `customer_for` does."""
    contact = Contact.objects.select_related("customer").filter(pk=pk).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    customer_for(user, contact.customer_id, action)
    return contact


def subscriptions_within(user: User, action: str = "customer.view") -> QuerySet[Subscription]:
    """Return the subscriptions of customers with which the person may do `action`."""
    return Subscription.objects.filter(customer__in=customers_within(user, action))


def subscription_for(user: User, pk: int, action: str = "customer.view") -> Subscription:
    """Return the subscription, if the person may do `action` with its customer; raise as `customer_for` does."""
    subscription = Subscription.objects.select_related("customer").filter(pk=pk).first()
    if subscription is None:
        raise NotFound("There is no such subscription.")
    customer_for(user, subscription.customer_id, action)
    return subscription


def people_within(user: User, action: str = "portfolio.view") -> QuerySet[User]:
    """Return the staff on whom the person may do `action`: itself, the people of its teams, or all."""
    staff = User.objects.filter(kind=User.Kind.STAFF)
    reach = reach_of(user, action)
    if reach == Reach.ALL:
        return staff
    if reach == Reach.NONE:
        return staff.none()
    # Who stands in for somebody sees that portfolio meanwhile, and does nothing else in the other's name.
    own = Q(pk__in=_stands_for(user)) if action == "portfolio.view" else Q(pk=user.pk)
    return staff.filter(own | _in_teams_of(user, "team")) if reach == Reach.TEAM else staff.filter(own)


def person_for(user: User, pk: int, action: str = "portfolio.view") -> User:
    """Return the member of staff on whom the person may do `action`; raise NotFound otherwise."""
    person = people_within(user, action).filter(pk=pk).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


def portal_contacts(user: User) -> QuerySet[Contact]:
    """Return the contacts as whom a portal login acts, one for each of its companies."""
    if not user.is_active or user.kind != User.Kind.CONTACT:
        return Contact.objects.none()
    # A contact whose address has changed is somebody else until the new address has logged in.
    mine = Contact.objects.filter(user=user, email=user.email, is_active=True, customer__merged_into=None)
    return mine.select_related("customer")


def imports_within(user: User) -> QuerySet[ImportJob]:
    """Return the imports that the person may see and steer; raise NotAllowed for who may not import."""
    require(user, "customer.import")
    return ImportJob.objects.select_related("file", "created_by", "undone_by")


def import_for(user: User, pk: int) -> ImportJob:
    """Return the import; raise NotAllowed for who may not import, NotFound where it is not there."""
    job = imports_within(user).filter(pk=pk).first()
    if job is None:
        raise NotFound("There is no such import.")
    return job


def _owned(user: User, reach: Reach) -> Q:
    held = Assignment.objects.filter(ends_at=None)
    if reach == Reach.OWN:
        return Q(pk__in=held.filter(person__in=_stands_for(user)).values("customer_id"))
    theirs = Q(pk__in=held.filter(person__in=_holders_around(user)).values("customer_id"))
    if Role.MANAGER in roles_of(user):
        # Customers that no CSM owns are for every manager to place.
        return theirs | ~Q(Exists(held.filter(customer=OuterRef("pk"), role=Role.CSM)))
    return theirs


def _holders_around(user: User) -> list[int]:
    """Return the ids of the person and the people of its teams; read once per user object.

    As plain ids the database finds their assignments by index; as a subquery it would look at every assignment.
    """
    if getattr(user, "_holders", None) is None:
        around = User.objects.filter(Q(pk=user.pk) | _in_teams_of(user, "team")).values_list("pk", flat=True)
        user._holders = sorted({*around, *_stands_for(user)})  # type: ignore[attr-defined]
    return user._holders  # type: ignore[attr-defined]


def _stands_for(user: User) -> list[int]:
    """Return the ids of the person and of those it stands in for at this moment; read once per user object."""
    if getattr(user, "_stands_for", None) is None:
        now = timezone.now()
        absent = Cover.objects.filter(cover=user, starts_at__lte=now, ends_at__gt=now).values_list(
            "person_id", flat=True
        )
        user._stands_for = sorted({user.pk, *absent})  # type: ignore[attr-defined]
    return user._stands_for  # type: ignore[attr-defined]


def _in_teams_of(user: User, team_field: str) -> Q:
    inside = Q(**{f"{team_field}__managers": user})
    return inside | Q(**{team_field: user.team_id}) if user.team_id else inside
