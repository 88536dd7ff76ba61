"""The accounts app over the API, one module a noun."""
