"""Pages of hours, absences and the team's calendar."""
