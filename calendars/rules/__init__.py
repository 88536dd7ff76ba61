"""Pure rules of time: wall clocks, spans, working days."""
