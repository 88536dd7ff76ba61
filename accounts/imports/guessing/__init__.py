"""Guessing: which column is which field, and how its dates and numbers are written.

Nothing is decided here for good: every guess is shown to a person, who corrects it.
"""

from accounts.imports.guessing.guesses import Guess, Note, guess, likelier_kind

__all__ = ["Guess", "Note", "guess", "likelier_kind"]
