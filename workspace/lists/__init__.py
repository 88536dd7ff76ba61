"""The one machinery behind every list of customers: filters, order, columns, pages, all in the address."""

from workspace.lists.columns import Column, columns_of
from workspace.lists.filters import FilterForm
from workspace.lists.reading import CustomerList, ListPage, read_list
from workspace.lists.rows import Row, load_rows

__all__ = ["Column", "CustomerList", "FilterForm", "ListPage", "Row", "columns_of", "load_rows", "read_list"]
