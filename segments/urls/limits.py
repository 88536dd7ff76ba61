"""Addresses: tier terms, personal limits, assignments and logged time."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
