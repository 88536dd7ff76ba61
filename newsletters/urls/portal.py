"""Addresses of the newsletters in the portal."""

from django.urls import URLPattern, path

from newsletters.views import portal

urlpatterns: list[URLPattern] = [
    path("", portal.news, name="portal_news"),
    path("coming/<int:pk>/vote/", portal.vote, name="portal_news_vote"),
    path("choose/", portal.choices, name="portal_newsletter_choices"),
]
