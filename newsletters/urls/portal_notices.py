"""Addresses of the notices in the portal."""

from django.urls import URLPattern, path

from newsletters.views import portal_notices

urlpatterns: list[URLPattern] = [
    path("<uuid:uid>/dismiss/", portal_notices.dismiss, name="portal_notice_dismiss"),
    path("<uuid:uid>/", portal_notices.read_on, name="portal_notice"),
]
