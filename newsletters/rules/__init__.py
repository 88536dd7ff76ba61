"""Pure rules of newsletters: variables, quiet hours, winners."""
