"""Importing customers, contacts and subscriptions from files: read, guess, clean, match, write, undo.

`reading` turns a file into rows of texts, `guessing` says which column is which, `cleaning` makes facts of a row,
`targets` match facts with what is stored and write them, `running` does so chunk by chunk, `undoing` takes it back.
"""
