"""The calendars app: working hours, absences and the ledger of what people are committed to."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"
