"""Pages of the workspace app, one module a noun."""
