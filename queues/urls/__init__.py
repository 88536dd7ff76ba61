"""Addresses of the queue."""
