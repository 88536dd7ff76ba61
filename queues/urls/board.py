"""Addresses: the queue board and what is settled from it."""

from django.urls import URLPattern, URLResolver, path

from queues.views import board, conflicts, why

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.board, name="queue_board"),
    path("why/", why.why, name="queue_why"),
    path("conflicts/", conflicts.conflicts, name="queue_conflicts"),
    path("conflicts/<uuid:uid>/", conflicts.settle, name="queue_settle"),
]
