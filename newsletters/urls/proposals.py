"""Addresses of the proposals."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
