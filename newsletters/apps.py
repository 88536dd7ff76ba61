"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "newsletters"

    def ready(self) -> None:
        """Make newsletters known to merging, the portal and the one-to-many page, and its kinds of blocks to itself."""
        from accounts.portal import register
        from newsletters import (  # noqa: F401  merging registers itself
            merging,
            one_to_many,
            provider_reports,
        )
        from newsletters.portal_panel import PANEL
        from newsletters.rendering import blocks  # noqa: F401  so do they

        register(PANEL)
        one_to_many.register()
