"""Reads of the queue: hosts' hours, slots, and what a customer may still book."""
