"""Make an administrator, the first one of an installation above all."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.actions.people import create_administrator
from core.errors import ProductError


class Command(BaseCommand):
    help = "Makes an administrator, or makes an administrator of somebody who is there; asks for a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whom."""
        parser.add_argument("email", help="the address that the person logs in with")
        parser.add_argument("--name", default="", help="the person's name; the address's first part by default")
        parser.add_argument(
            "--no-password", action="store_true", help="ask for none: the person sets it by “forgotten password”"
        )

    def handle(self, *args: Any, email: str, name: str, no_password: bool, **options: Any) -> None:
        """Make the administrator and say how it logs in."""
        password = None if no_password else self._ask()
        try:
            person = create_administrator(email=email, name=name, password=password)
        except ProductError as error:
            raise CommandError(error.message) from error
        page = reverse("account_reset_password" if no_password else "account_login")
        self.stdout.write(f"{person.email} is administrator. Next: {settings.PUBLIC_URL}{page}")

    def _ask(self) -> str:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Password again: "):
            raise CommandError("The two passwords differ.")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
