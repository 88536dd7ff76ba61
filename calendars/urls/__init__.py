"""Addresses of hours, absences, the team's calendar and company holidays."""
