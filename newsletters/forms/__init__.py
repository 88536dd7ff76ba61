"""Forms of newsletters and notices."""
