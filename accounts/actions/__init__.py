"""Writes of the accounts app: keyword-only, one transaction, one timeline entry each."""
