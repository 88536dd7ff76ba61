"""The sample's portfolios: newcomers who learn first, the other roles, and a little out of balance."""

from django.db import transaction

from accounts.actions.portfolios import assign_role
from accounts.models import Assignment, Customer, Role, Stage, Tier, User
from demo.sample.clock import as_of, evening
from demo.sample.work import Work
from segments.actions.assignments import assign_csm
from segments.actions.limits import set_person_limit

# Newly hired CSMs learn before they take customers on; they stand for the idle ones.
NEWCOMERS = ("csm11", "csm12")
# Specialists keep their hours for the one-to-many queue.
WHY_FEWER = {
    "csm3": "Works part-time",
    "specialist": "Works for the one-to-many team",
    "specialist2": "Works for the one-to-many team, part-time",
}
FEWER = {Tier.HIGH: 4, Tier.LOW: 20}
OVERLOADED = "csm4"
EXTRA_CUSTOMERS = 5
# Days since which customers have the people of the other roles; younger ones have them since they came.
ROLES_SINCE = 120


def spare_newcomers(work: Work) -> None:
    """Let the newcomers learn first, and whoever has fewer hours carry fewer customers."""
    for login, why in WHY_FEWER.items():
        for tier, limit in FEWER.items():
            set_person_limit(actor=work.manager, person=work.person(login), tier=tier, portfolio_limit=limit, why=why)
    User.objects.filter(pk__in=[work.person(login).pk for login in NEWCOMERS]).update(takes_customers=False)


def welcome_newcomers(work: Work) -> None:
    """Let automatic filling give the newcomers customers from now on."""
    User.objects.filter(pk__in=[work.person(login).pk for login in NEWCOMERS]).update(takes_customers=True)


def assign_roles(work: Work) -> None:
    """Give customers the people of the other roles that their stage calls for."""
    dice = work.dice("roles")
    holders = {
        role: list(User.objects.filter(role_grants__role=role, is_active=True).order_by("id"))
        for role in (Role.SDR, Role.AE, Role.AM, Role.DC, Role.SUPPORT, Role.RENEWAL_MANAGER)
    }
    # One transaction is quicker than thousands.
    with transaction.atomic():
        for customer in Customer.objects.filter(merged_into=None).order_by("id").iterator():
            for role in _roles_for(customer, dice.random()):
                person = dice.choice(holders[role])
                with as_of(evening(work.today, min(ROLES_SINCE, max(0, _age(customer, work))))):
                    assign_role(actor=work.administrator, customer=customer, person=person, role=role)


def _age(customer: Customer, work: Work) -> int:
    return (work.today - (customer.signed_up_on or work.today)).days


def _roles_for(customer: Customer, draw: float) -> list[Role]:
    """Return the roles around a customer of this stage; `draw` (0 to 1) decides what not everybody has."""
    if customer.stage == Stage.LEAD:
        return [Role.SDR]
    if customer.stage == Stage.TRIAL:
        return [Role.SDR, Role.AE] if draw < 0.5 else [Role.AE]
    if customer.stage == Stage.CHURNED:
        return []
    roles = [Role.AM] if customer.tier != "tech" else []
    if customer.stage == Stage.ONBOARDING and draw < 0.6:
        roles.append(Role.DC)
    if customer.stage == Stage.RENEWAL and customer.tier != "tech":
        roles.append(Role.RENEWAL_MANAGER)
    return roles


def unbalance(work: Work) -> None:
    """Let one CSM carry more than its limit, by a manager's decision with its reason."""
    person = work.person(OVERLOADED)
    free = Customer.objects.filter(merged_into=None, tier="high").exclude(
        pk__in=Assignment.objects.filter(person=person, ends_at=None).values("customer")
    )
    held = Assignment.objects.filter(person=person, ends_at=None, tier="high").count()
    for customer in free.order_by("-mrr")[: max(0, 15 + EXTRA_CUSTOMERS - held)]:
        assign_csm(
            actor=work.administrator,
            customer=customer,
            person=person,
            why="Moved while a colleague is on parental leave",
            override_reason="Parental leave cover until the new colleagues are trained",
        )
