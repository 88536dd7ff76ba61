"""Reads of the segments app, one module a noun; each takes a fixed number of queries whatever the number of rows."""

from segments.queries.allowances import Allowance, allowance_of, allowances_of
from segments.queries.portfolios import Load, portfolio_load

__all__ = ["Allowance", "Load", "allowance_of", "allowances_of", "portfolio_load"]
