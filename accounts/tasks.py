"""Background work of the accounts app."""
