"""The queues app. It is plural because a top-level package `queue` would hide the standard library's."""

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "queues"

    def ready(self) -> None:
        """Connect what listens to bookings, and make the queue known to merging, the portal and capacity."""
        from accounts.portal import register
        from queues import capacity, merging, waiting_list  # noqa: F401  merging registers itself
        from queues.mails import listening
        from queues.portal_panel import PANEL

        capacity.register()
        waiting_list.connect()
        listening.connect()
        register(PANEL)
