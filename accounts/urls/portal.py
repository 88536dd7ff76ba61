"""Addresses: the customers' portal."""

from django.urls import URLPattern, URLResolver, path

from accounts.views import portal

urlpatterns: list[URLPattern | URLResolver] = [
    path("", portal.home, name="portal"),
    path("company/", portal.company, name="portal_company"),
    path("profile/", portal.portal_profile, name="portal_profile"),
    path("switch/", portal.switch_company, name="portal_switch"),
]
