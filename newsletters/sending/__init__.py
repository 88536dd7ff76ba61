"""Sending what is due: claimed in batches, sent in small windows, each mail accounted for."""
