"""Reads of the calendars: what people work, what is taken of it, and what is left."""
