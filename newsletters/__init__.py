"""Newsletters and in-product notices: one-way contact with many customers at a time."""
