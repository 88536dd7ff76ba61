"""Addresses: the days on which the company is closed."""

from django.urls import URLPattern, URLResolver, path

from calendars.views import holidays

urlpatterns: list[URLPattern | URLResolver] = [
    path("holidays/", holidays.company_holidays, name="company_holidays"),
    path("holidays/<int:pk>/delete/", holidays.delete, name="delete_company_holiday"),
]
