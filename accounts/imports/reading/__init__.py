"""Reading: a file of any layout becomes a header and a stream of numbered rows of texts."""

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.layout import Layout, inspect
from accounts.imports.reading.sources import PathSource, Source, StoredSource
from accounts.imports.reading.tables import Exact, RawRow, Table

__all__ = ["Exact", "Layout", "PathSource", "RawRow", "Refused", "Source", "StoredSource", "Table", "inspect"]
