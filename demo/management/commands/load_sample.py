"""`manage.py load_sample`: fill an empty database with the sample company."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Customer
from core.errors import ProductError
from demo import logins
from demo.sample.company import load_company, was_cut_short

SEED = 20
CUSTOMERS = 2000


class Command(BaseCommand):
    """Load the sample company and print its logins."""

    help = "Load the sample company: customers, staff in every role, portfolios. The same seed gives the same company."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the size, the seed and what to do where there are customers already."""
        parser.add_argument("--customers", type=int, default=CUSTOMERS, help=f"how many customers ({CUSTOMERS})")
        parser.add_argument("--seed", type=int, default=SEED, help=f"the seed of the drawing ({SEED})")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a finished sample is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the company step by step, each told on the screen."""
        if options["customers"] < 2:
            raise CommandError("The sample company has at least 2 customers: Acme and Globex.")
        if Customer.objects.exists() and not was_cut_short():
            if options["if_empty"]:
                return
            raise CommandError("There are customers already; the sample company goes into an empty database only.")
        try:
            load_company(options["customers"], options["seed"], tell=self.stderr.write)
        except ProductError as error:
            raise CommandError(error.message) from error
        self.stdout.write("The sample company is loaded. Logins:")
        self.stdout.write(logins.printed())
