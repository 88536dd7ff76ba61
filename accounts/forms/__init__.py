"""Forms of the accounts app, one module a noun."""
