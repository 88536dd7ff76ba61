"""The segments app over the API, one module a noun."""
