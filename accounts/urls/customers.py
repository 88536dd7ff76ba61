"""Addresses: editing customers, contacts and subscriptions, and merging duplicates."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
