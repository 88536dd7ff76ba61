"""The addresses of every provider's reports, of which `views.webhooks` opens the one that is chosen."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("anymail.urls"))]
