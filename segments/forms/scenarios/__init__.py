"""Forms of what-ifs."""
