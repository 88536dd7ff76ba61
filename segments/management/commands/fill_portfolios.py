"""Fill portfolios from the command line."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from segments.actions.assignments import fill_portfolios


class Command(BaseCommand):
    help = "Give every high- and low-touch customer without a CSM one, as far as there is room. Last line: JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill and print one JSON object: assigned, without_place, reasons …"""
        done = fill_portfolios()
        for tier, reason in done["reasons"].items():
            self.stdout.write(f"{done['without_place_by_tier'][tier]} {tier}-touch customers have no CSM. {reason}")
        self.stdout.write(json.dumps(done))
