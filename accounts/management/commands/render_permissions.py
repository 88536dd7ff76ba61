"""Write the permission table of the code into the docs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role
from accounts.permissions import PERMISSIONS, Reach

WORDS = {Reach.NONE: "–", Reach.OWN: "own", Reach.TEAM: "team", Reach.ALL: "**all**"}
HEADS = {
    Role.SDR: "SDR",
    Role.AE: "AE",
    Role.SUPPORT: "Support",
    Role.AM: "AM",
    Role.DC: "DC",
    Role.CSM: "CSM",
    Role.RENEWAL_MANAGER: "Renewals",
    Role.SPECIALIST: "Specialist",
    Role.MANAGER: "Manager",
    Role.ADMINISTRATOR: "Admin",
}
MEANINGS = {
    "customer.view": "See a customer with all that belongs to it",
    "customer.edit": "Change a customer's facts",
    "customer.create": "Make a customer",
    "customer.merge": "Merge two customers, and undo it",
    "customer.export": "Export a list to a file",
    "customer.import": "Import files, and undo it",
    "contact.edit": "Make and change contacts",
    "note.add": "Write a note on the timeline",
    "subscription.edit": "Make and change subscriptions",
    "time.log": "Log time given to a customer",
    "assignment.change": "Say who looks after a customer in which role",
    "assignment.override_limit": "Let an assignment go past a limit, with a reason",
    "tier.pin": "Pin a customer to a tier, with a reason and an end",
    "tier.approve": "Approve or reject a waiting tier move",
    "tier.reassign": "Start a run of the tier rules, or fill portfolios",
    "rules.view": "Read the tier rules",
    "rules.edit": "Draft, simulate and activate tier rules",
    "limits.edit": "Set the limits of a CSM's portfolio",
    "portfolio.view": "See a person's portfolio and load",
    "team.view": "See the people of a team",
    "hours.edit": "Set a person's working hours and the days that differ",
    "absence.edit": "Enter, change and cancel a person's absences",
    "calendar.view": "See when people work, are away or are booked",
    "capacity.view": "See capacity: hours promised against hours there are, and what follows",
    "capacity.settings": "Set the utilisation target and the hours that tiers and events take",
    "scenario.edit": "Make what-if scenarios",
    "rebalance.propose": "Have a rebalance of portfolios worked out",
    "rebalance.approve": "Approve a rebalance and undo it",
    "queue.view": "See the board of the one-to-many queue",
    "queue.host": "Host hours: see the brief, write notes and the outcome",
    "queue.manage": "Set up queues, their hosts, topics and rules",
    "booking.make": "Book an hour on a customer's behalf",
    "booking.change": "Move or cancel a customer's hour",
    "newsletter.view": "See newsletters, their progress and their figures",
    "newsletter.propose": "Propose a subject for a newsletter and vote",
    "newsletter.edit": "Write newsletters and choose their audience",
    "newsletter.approve": "Approve a newsletter that somebody else wrote",
    "newsletter.send": "Schedule, pause and cancel newsletters, and decide about mails that may have arrived",
    "newsletter.topics": "Add, change and close the topics that contacts subscribe to",
    "newsletter.settings": "Change limits and house rules of newsletters, and the products that show notices",
    "notice.edit": "Write notices that show in the product",
    "notice.publish": "Publish and withdraw notices",
    "suppression.edit": "Stop newsletters to an address, or allow them again",
    "people.manage": "Invite, change and deactivate people; roles and teams",
    "settings.manage": "Change the company's settings and custom fields",
    "token.create": "Make API tokens for oneself",
}
HEAD = """# Who may do what

Made by `python manage.py render_permissions` from the one table in `accounts/permissions.py`; change it there.
Pages, bulk actions, exports and the API all ask it.

- **own**: customers that the person is assigned to, in any role; of people, itself.
- **team**: besides, what the people of its team are assigned to. For a manager: of every team it manages, and
  customers that no CSM owns.
- **all**: everything.

A person may hold several roles; the widest reach counts. What a CSM sees (not changes) of others' portfolios is set by
the company under Settings: nothing, the team's or all. What somebody does not see answers as if it were not there
(404); what it sees but may not do is refused (403).

A customer's contact holds no role: it logs in with a code sent by mail and reaches the portal alone, with its own
company's data. An API token does what its person may do, reading only where its scope is `read`.

"""


class Command(BaseCommand):
    help = "Writes docs/permissions.md from the permission table; with --check only says whether it is current."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whether to write."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail where the file is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Write the file, or compare it."""
        path = Path(settings.BASE_DIR) / "docs" / "permissions.md"
        text = rendered()
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path} is out of date: run `python manage.py render_permissions`.")
            return
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path} is written.")


def rendered() -> str:
    """Return the document; raise CommandError for an action that MEANINGS does not explain."""
    unexplained = PERMISSIONS.keys() ^ MEANINGS.keys()
    if unexplained:
        raise CommandError(f"Explain in MEANINGS of render_permissions: {', '.join(sorted(unexplained))}")
    head = ["Action", "What it allows", *HEADS.values()]
    rows = [
        [f"`{action}`", MEANINGS[action], *(WORDS[reaches.get(role, Reach.NONE)] for role in HEADS)]
        for action, reaches in PERMISSIONS.items()
    ]
    lines = [head, ["---", "---", *(":-:" for _ in HEADS)], *rows]
    return HEAD + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
