"""Newsletters and notices over the API: issues, and the feed that a product shows."""
