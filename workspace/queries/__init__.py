"""Reads of the workspace's pages, one module a subject; the number of queries never depends on the number of rows."""
