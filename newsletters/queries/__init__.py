"""Reads of newsletters and notices."""
