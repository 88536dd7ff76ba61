"""Addresses of the issues."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
