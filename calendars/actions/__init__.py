"""Writes of the calendars: working hours, absences, days on which the company is closed."""
