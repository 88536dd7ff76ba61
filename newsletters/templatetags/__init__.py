"""Template tags of newsletters."""
