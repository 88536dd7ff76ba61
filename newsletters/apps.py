"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "newsletters"

    def ready(self) -> None:
        """Make newsletters known to merging and to the portal, and its own kinds of blocks to itself."""
        from accounts.portal import register
        from newsletters import merging  # noqa: F401  it registers itself
        from newsletters.portal_panel import PANEL
        from newsletters.rendering import blocks  # noqa: F401  so do they

        register(PANEL)
