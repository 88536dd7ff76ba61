"""The sample's tiers and portfolios: placed by the rules, filled within limits, then a little out of balance."""

from accounts.actions.portfolios import assign_role
from accounts.models import Assignment, Customer, Role, Stage, User
from demo.sample.work import Work
from segments.actions.assignments import assign_csm, fill_portfolios
from segments.actions.rule_sets import ensure_default_rule_set
from segments.models import TierRun
from segments.reassignment import reassign

# Newly hired CSMs learn before they take customers on; they stand for the idle ones.
NEWCOMERS = ("csm11", "csm12")
OVERLOADED = "csm4"
EXTRA_CUSTOMERS = 5


def place_in_tiers(work: Work) -> None:
    """Place every customer in a tier by the default rules."""
    ensure_default_rule_set()
    reassign(trigger=TierRun.Trigger.DEMAND, actor=work.administrator)


def fill(work: Work) -> None:
    """Give every high- and low-touch customer a CSM, as far as there is room; newcomers get a few by hand."""
    newcomers = [work.person(login) for login in NEWCOMERS]
    User.objects.filter(pk__in=[p.pk for p in newcomers]).update(takes_customers=False)
    fill_portfolios(actor=work.administrator)
    User.objects.filter(pk__in=[p.pk for p in newcomers]).update(takes_customers=True)


def assign_roles(work: Work) -> None:
    """Give customers the people of the other roles that their stage calls for."""
    dice = work.dice("roles")
    holders = {
        role: list(User.objects.filter(role_grants__role=role, is_active=True).order_by("id"))
        for role in (Role.SDR, Role.AE, Role.AM, Role.DC, Role.SUPPORT, Role.RENEWAL_MANAGER)
    }
    for customer in Customer.objects.filter(merged_into=None).order_by("id").iterator():
        for role in _roles_for(customer, dice.random()):
            person = dice.choice(holders[role])
            assign_role(actor=work.administrator, customer=customer, person=person, role=role)


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
