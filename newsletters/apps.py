"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "newsletters"

    def ready(self) -> None:
        """Make newsletters known to merging, and its own kinds of blocks to itself."""
        from newsletters import merging  # noqa: F401  it registers itself
        from newsletters.rendering import blocks  # noqa: F401  so do they
