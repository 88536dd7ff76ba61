"""Addresses of the archive."""

from django.urls import URLPattern, path

from newsletters.views import archive

urlpatterns: list[URLPattern] = [
    path("", archive.index, name="newsletter_archive"),
    path("<uuid:uid>/", archive.issue, name="newsletter_archived"),
    path("<uuid:uid>/mail/", archive.framed_issue, name="newsletter_archived_mail"),
]
