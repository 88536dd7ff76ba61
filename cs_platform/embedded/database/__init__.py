"""Django's PostgreSQL backend that starts the private server at the first connection."""
