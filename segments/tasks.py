"""Background work of the segments app."""
