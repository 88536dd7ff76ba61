"""Addresses of what the fields of an audience show, and of the suppressed addresses."""

from django.urls import URLPattern, URLResolver, path

from newsletters.views import audiences, suppressions

urlpatterns: list[URLPattern | URLResolver] = [
    path("audience/count/", audiences.count, name="audience_count"),
    path("audience/search/", audiences.search, name="audience_search"),
    path("suppressed/", suppressions.index, name="suppressions"),
    path("suppressed/add/", suppressions.add, name="suppression_add"),
    path("suppressed/<int:pk>/lift/", suppressions.lift, name="suppression_lift"),
    path("contacts/<int:pk>/preferences/", suppressions.contact_preferences, name="contact_preferences"),
]
