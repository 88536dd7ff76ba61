"""Cleaning: a row of texts becomes facts of a customer, a contact or a subscription, or a rejection with reasons."""

from accounts.imports.cleaning.readers import Choices
from accounts.imports.cleaning.rows import CleanRow, Problem, Reference, Rejection
from accounts.imports.cleaning.sieve import Sieve

__all__ = ["Choices", "CleanRow", "Problem", "Reference", "Rejection", "Sieve"]
