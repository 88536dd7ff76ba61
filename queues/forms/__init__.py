"""Forms of the queue's pages."""
