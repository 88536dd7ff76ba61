"""Addresses: people, invitations, teams, roles, own profile and API tokens."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
