"""Writes of the workspace, one module a noun."""
