#!/usr/bin/env python
"""Run a management command of the product."""

import contextlib
import getpass
import os
import sys

from django.core.management import BaseCommand, ManagementUtility

# These change the tables themselves or serve others: their statements are left as they are.
UNNAMED = {"migrate", "makemigrations", "runserver", "test", "dbshell", "check"}


class NamedUtility(ManagementUtility):
    """Runs a command so that the audit knows which one wrote a row."""

    def __init__(self, argv: list[str], naming: contextlib.ExitStack) -> None:
        super().__init__(argv)
        self.naming = naming

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return the command, its name told to the audit; settings and apps are loaded by now."""
        command = super().fetch_command(subcommand)
        if subcommand not in UNNAMED:
            from core import audit

            self.naming.enter_context(audit.acting(f"command {subcommand}", system_user=system_user()))
        return command


def system_user() -> str:
    """Return who is logged in on this machine, nothing where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")
    with contextlib.ExitStack() as naming:
        NamedUtility(sys.argv, naming).execute()


if __name__ == "__main__":
    main()
