"""The queues app. It is plural because a top-level package `queue` would hide the standard library's."""

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "queues"

    def ready(self) -> None:
        """Connect what listens to bookings."""
        from queues import waiting_list
        from queues.mails import listening

        waiting_list.connect()
        listening.connect()
