"""The calendars app: working hours, absences and the ledger of what people are committed to."""

from typing import Any

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        """Listen to the floor below."""
        from accounts.signals import person_left

        person_left.connect(forget_leavers_covers, dispatch_uid="calendars.forget_leavers_covers")


def forget_leavers_covers(*, person: Any, **_: Any) -> dict[str, int]:
    """Let nobody be covered by somebody who has left; no customer changes hands by it."""
    from calendars.actions.absences import forget_leaver

    forget_leaver(person=person)
    return {}
