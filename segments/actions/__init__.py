"""Writes of the segments app: keyword-only, one transaction, one timeline entry each."""
