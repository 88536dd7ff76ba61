"""Addresses of the links in mails."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
