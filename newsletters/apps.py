"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "newsletters"

    def ready(self) -> None:
        """Make newsletters known to merging."""
        from newsletters import merging  # noqa: F401  it registers itself
