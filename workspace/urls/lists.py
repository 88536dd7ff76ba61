"""Addresses: portfolio, customers, saved views, bulk actions, exports."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
