"""The queue over the API: queues, their free hours, and bookings by contacts and by staff."""
