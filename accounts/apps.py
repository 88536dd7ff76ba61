"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Make known what does the promised work of this app."""
        from accounts import mail  # noqa: F401  registers its handler
