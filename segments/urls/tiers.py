"""Addresses: rule sets, simulation, runs, moves and pins."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
