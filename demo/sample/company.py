"""Loading the sample company step by step, each of which can be cut off and done again."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from demo.models import SampleLoad
from demo.sample import calendars, customers, newsletters, notices, planning, portfolios, queue, staff, stories, weeks
from demo.sample.work import Work
from segments.queries.allowances import company_today

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Step:
    """One part of the company: what the person reads while it is made, and what makes it."""

    name: str
    words: str
    make: Callable[[Work], None]


def _weeks_ago(number: int) -> str:
    return (
        f"Tiers, portfolios and hours of {number} weeks ago"
        if number > 1
        else ("Tiers, portfolios and hours of last week" if number else "Tiers, portfolios and hours of these days")
    )


STEPS = (
    Step("house", "House rules, currencies and custom fields", staff.set_house_rules),
    Step("staff", "Staff in every role, teams and managers", staff.add_staff),
    Step("customers", "Customers", customers.import_customers),
    Step("contacts", "Contacts", customers.import_contacts),
    Step("subscriptions", "Subscriptions with their history", customers.import_subscriptions),
    Step("calendars", "Working hours, holidays, absences and covers", calendars.keep_calendars),
    *(Step(f"week{number}", _weeks_ago(number), weeks.week_of(number)) for number in range(weeks.WEEKS, 0, -1)),
    Step("rebalanced", "A rebalance that was undone", planning.undo_a_rebalance),
    Step("week0", _weeks_ago(0), weeks.week_of(0)),
    Step("roles", "The other roles around each customer", portfolios.assign_roles),
    Step("decisions", "Pins, a hand-over, a merged duplicate", stories.decide),
    Step("rules", "New rules, and the moves that wait for approval", stories.change_rules),
    Step("queues", "The one-to-many queue and its hosts", queue.open_queues),
    Step("past hours", "Hours that the queue gave", queue.hold_hours),
    Step("coming hours", "Hours to come, and who waits for one", queue.fill_queues),
    Step("newsletters", "Topics and house rules of newsletters", newsletters.set_up_newsletters),
    Step("past issues", "Newsletters that went out, and what readers did", newsletters.send_past_issues),
    Step("proposals", "Proposals for newsletters, with votes", newsletters.propose_and_vote),
    Step("coming issues", "A draft, and a newsletter that goes out soon", newsletters.prepare_issues),
    Step("rebalance", "A rebalance that waits for a decision", planning.propose_a_rebalance),
    Step("scenario", "A what-if", planning.keep_a_scenario),
    Step("notices", "Notices in the product", notices.show_notices),
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
