"""The calendars over the API."""
