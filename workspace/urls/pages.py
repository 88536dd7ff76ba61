"""Addresses: my day, the customer page, search."""

from django.urls import path

from workspace.views import customer, my_day, search

urlpatterns = [
    path("", my_day.my_day, name="my_day"),
    path("search/", search.search, name="search"),
    path("customers/<int:pk>/", customer.customer, name="customer"),
    path("customers/<int:pk>/notes/", customer.note, name="customer_note"),
    path("customers/<int:pk>/timeline/", customer.timeline, name="customer_timeline"),
]
