"""Addresses of the newsletters in the portal."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
