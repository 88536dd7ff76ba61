"""Forms of the segments app, one module a noun."""
