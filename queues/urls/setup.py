"""Addresses: setting queues up."""

from django.urls import URLPattern, URLResolver, path

from queues.views import setup

urlpatterns: list[URLPattern | URLResolver] = [
    path("", setup.queue_settings, name="queue_settings"),
    path("new/", setup.queue_new, name="queue_new"),
    path("hosts/<int:pk>/", setup.queue_host, name="queue_host"),
    path("hosts/<int:pk>/windows/", setup.queue_windows, name="queue_windows"),
    path("<slug:slug>/", setup.queue_edit, name="queue_edit"),
    path("<slug:slug>/hosts/", setup.queue_hosts, name="queue_hosts"),
]
