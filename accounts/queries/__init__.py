"""Reads of the accounts app, one module a noun; the number of queries does not grow with the rows."""
