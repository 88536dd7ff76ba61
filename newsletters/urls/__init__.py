"""Addresses of newsletters and notices."""
