"""Addresses of the widget's script."""

from django.urls import URLPattern, path

from newsletters.views import widget

urlpatterns: list[URLPattern] = [
    path("notices.js", widget.notices_script, name="notices_script"),
    path("<slug:digest>/notices.js", widget.notices_script, name="notices_script_version"),
]
