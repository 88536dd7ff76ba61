"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Make known what does the promised work of this app."""
        from accounts import mail, tasks  # noqa: F401  they register their handlers
