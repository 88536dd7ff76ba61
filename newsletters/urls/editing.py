"""Addresses of the editor of an issue."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
