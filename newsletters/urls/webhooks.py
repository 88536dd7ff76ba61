"""The address to which the mail provider reports."""

from django.urls import URLPattern, path

from newsletters.views import webhooks

urlpatterns: list[URLPattern] = [path("<slug:provider>/tracking/", webhooks.report, name="provider_report")]
