"""Addresses of the links in mails."""

from django.urls import URLPattern, path

from newsletters.views import pictures

urlpatterns: list[URLPattern] = [
    path("pictures/<uuid:uid>/", pictures.picture, name="newsletter_picture"),
]
