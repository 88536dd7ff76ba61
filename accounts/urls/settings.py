"""Addresses: the company's settings, custom fields, exchange rates."""

from django.urls import URLPattern, URLResolver, path

from accounts.views import settings

urlpatterns: list[URLPattern | URLResolver] = [
    path("", settings.company, name="settings"),
    path("rates/", settings.rates, name="settings_rates"),
    path("rates/<int:pk>/delete/", settings.rate_delete, name="settings_rate_delete"),
    path("fields/", settings.fields, name="settings_fields"),
    path("fields/new/", settings.field_new, name="settings_field_new"),
    path("fields/<int:pk>/", settings.field_edit, name="settings_field"),
]
