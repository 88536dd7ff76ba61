"""The address of the answer to "do we need a one-to-many team?"."""

from django.urls import URLPattern, URLResolver, path

from segments.views import one_to_many

urlpatterns: list[URLPattern | URLResolver] = [
    path("", one_to_many.one_to_many, name="one_to_many"),
]
