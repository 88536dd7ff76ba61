"""Reads of capacity: inputs, people, coverage, leakage, drill-down, trend; a fixed number of queries each."""
