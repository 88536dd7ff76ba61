"""Addresses of what the fields of an audience show, and of the suppressed addresses."""

from django.urls import URLPattern, URLResolver, path

from newsletters.views import audiences

urlpatterns: list[URLPattern | URLResolver] = [
    path("audience/count/", audiences.count, name="audience_count"),
    path("audience/search/", audiences.search, name="audience_search"),
]
