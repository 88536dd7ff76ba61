"""Forms of working hours, absences and company holidays."""
