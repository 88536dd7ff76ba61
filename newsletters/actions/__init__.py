"""Writes of newsletters and notices."""
