"""Addresses: the company's settings, custom fields, exchange rates."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
