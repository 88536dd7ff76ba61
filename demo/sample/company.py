"""Loading the sample company step by step, each of which can be cut off and done again."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from demo.models import SampleLoad
from demo.sample import customers, portfolios, staff, stories
from demo.sample.work import Work
from segments.queries.allowances import company_today

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Step:
    """One part of the company: what the person reads while it is made, and what makes it."""

    name: str
    words: str
    make: Callable[[Work], None]


STEPS = (
    Step("house", "House rules, currencies and custom fields", staff.set_house_rules),
    Step("staff", "Staff in every role, teams and managers", staff.add_staff),
    Step("customers", "Customers", customers.import_customers),
    Step("contacts", "Contacts", customers.import_contacts),
    Step("subscriptions", "Subscriptions with their history", customers.import_subscriptions),
    Step("tiers", "Touch tiers by the rules", portfolios.place_in_tiers),
    Step("portfolios", "CSMs' portfolios", portfolios.fill),
    Step("roles", "The other roles around each customer", portfolios.assign_roles),
    Step("load", "An overloaded CSM and an idle one", portfolios.unbalance),
    Step("hours", "Hours given to customers", stories.log_hours),
    Step("notes", "Notes on timelines", stories.write_notes),
    Step("decisions", "Pins, a hand-over, a merged duplicate", stories.decide),
    Step("rules", "New rules, and the moves that wait for approval", stories.change_rules),
    Step("views", "Saved views", stories.save_views),
)


def load_company(count: int, seed: int, tell: Tell) -> SampleLoad:
    """Return the finished load of a company of `count` customers; one that was cut off goes on with its own size."""
    load, _ = SampleLoad.objects.get_or_create(
        pk=1, defaults={"customers": count, "seed": seed, "today": company_today()}
    )
    work = Work(load.customers, load.seed, load.today)
    for number, step in enumerate(STEPS, start=1):
        if step.name in load.steps_done:
            continue
        tell(f"[{number}/{len(STEPS)}] {step.words} …")
        step.make(work)
        load.steps_done = [*load.steps_done, step.name]
        load.save(update_fields=["steps_done"])
    load.finished_at = timezone.now()
    load.save(update_fields=["finished_at"])
    return load


def was_cut_short() -> bool:
    """Tell whether a load began in this database and did not finish."""
    return SampleLoad.objects.filter(finished_at=None).exists()
