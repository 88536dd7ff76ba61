"""Addresses of the topics, settings and suppressed addresses."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
