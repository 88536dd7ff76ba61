"""Pages of newsletters and notices."""
