"""Puts every customer in its tier, now."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ProductError
from segments.models import TierRun
from segments.reassignment import reassign


class Command(BaseCommand):
    """Reassign tiers by the active rules; the last line is the summary as one JSON object."""

    help = "Put every customer in the tier that the active rules and the pins lead to; prints a JSON summary."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the customers to look at."""
        parser.add_argument("--customer", type=int, action="append", metavar="ID", help="only this one; repeatable")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print the summary."""
        try:
            summary = reassign(trigger=TierRun.Trigger.COMMAND, customer_ids=options["customer"])
        except ProductError as error:
            raise CommandError(error.message) from error
        self.stdout.write(json.dumps(summary))
