"""Make an API token for a member of staff or for a customer's contact."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.logins import login_for_contact
from accounts.actions.tokens import create_token
from accounts.models import User
from core.errors import ProductError


class Command(BaseCommand):
    help = "Makes an API token for a member of staff or a contact; the last line printed is the token and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whose token, what for, what it may do and how long."""
        parser.add_argument("email", help="the address that the person logs in with")
        parser.add_argument("--name", default="Command line", help="what the token is for")
        parser.add_argument("--scopes", default="read,write", help="read, or read,write (the default)")
        parser.add_argument("--days", type=int, default=365, help="how many days it lasts (365)")

    def handle(self, *args: Any, email: str, name: str, scopes: str, days: int, **options: Any) -> None:
        """Print what was made on the error stream and the token alone on the other."""
        person = User.objects.filter(email=email.strip().lower(), kind=User.Kind.STAFF, is_active=True).first()
        person = person or login_for_contact(email)
        if person is None:
            raise CommandError(f"There is no active member of staff and no active contact with the address {email}.")
        try:
            token, text = create_token(
                person=person, name=name, scopes=[scope.strip() for scope in scopes.split(",") if scope], days=days
            )
        except ProductError as error:
            raise CommandError(error.message) from error
        self.stderr.write(f"“{token.name}” acts as {person.email} until {token.expiry:%Y-%m-%d}; keep it secret.")
        self.stdout.write(text)
