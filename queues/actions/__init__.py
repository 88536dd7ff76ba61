"""Writes of the queue: holding, booking, moving and cancelling hours."""
