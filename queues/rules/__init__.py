"""Pure rules of the queue: which hours are offered, who may book them, and whose turn it is."""
