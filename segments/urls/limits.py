"""Addresses: tier terms, personal limits, assignments and logged time."""

from django.urls import URLPattern, URLResolver, path

from segments.views import assignments, limits, time

urlpatterns: list[URLPattern | URLResolver] = [
    path("limits/", limits.limits, name="limits"),
    path("limits/terms/<slug:tier>/", limits.terms, name="tier_terms"),
    path("limits/people/<int:pk>/<slug:tier>/", limits.person_limit, name="person_limit"),
    path("unassigned/", assignments.unassigned, name="unassigned"),
    path("unassigned/fill/", assignments.fill, name="fill_portfolios"),
    path("handovers/", assignments.handovers, name="handovers"),
    path("handovers/<int:pk>/", assignments.handover, name="handover"),
    path("customers/<int:pk>/people/<slug:role>/", assignments.assign, name="assign_role"),
    path("customers/<int:pk>/people/<slug:role>/release/", assignments.release, name="release_role"),
    path("customers/<int:pk>/hours/", time.hours, name="hours"),
    path("hours/<int:pk>/", time.edit, name="edit_time"),
    path("hours/<int:pk>/delete/", time.delete, name="delete_time"),
]
