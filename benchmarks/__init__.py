"""Measurements against the bare work that can't be avoided: `make bench`."""
