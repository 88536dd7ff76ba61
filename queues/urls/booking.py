"""Addresses: staff books for a customer."""

from django.urls import URLPattern, URLResolver, path

from queues.views.portal import staff

urlpatterns: list[URLPattern | URLResolver] = [
    path("", staff.choose_customer, name="staff_book"),
    path("<int:pk>/", staff.choose_contact, name="staff_book_for"),
    path("<int:pk>/<int:contact>/<slug:slug>/", staff.pick, name="staff_book_pick"),
    path("<int:pk>/<int:contact>/<slug:slug>/<uuid:uid>/", staff.details, name="staff_book_details"),
]
