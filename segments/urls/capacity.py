"""Addresses: capacity and what is behind its numbers."""

from django.urls import URLPattern, URLResolver, path

from segments.views.capacity import behind, page, settings

urlpatterns: list[URLPattern | URLResolver] = [
    path("", page.capacity, name="capacity"),
    path("settings/", settings.settings, name="capacity_settings"),
    path("week/", behind.week, name="capacity_week"),
    path("given/", behind.given_by_all, name="capacity_given_by_all"),
    path("people/<int:pk>/", behind.person, name="capacity_person"),
    path("people/<int:pk>/given/", behind.given, name="capacity_given"),
    path("astray/tech-touch/", behind.drawing, name="capacity_drawing"),
    path("astray/high-touch/", behind.neglect, name="capacity_neglected"),
]
