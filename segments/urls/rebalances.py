"""Addresses: rebalances, from asking for one to undoing it."""

from django.urls import URLPattern, URLResolver, path

from segments.views import rebalance_moves, rebalances

urlpatterns: list[URLPattern | URLResolver] = [
    path("", rebalances.rebalance_list, name="rebalances"),
    path("new/", rebalances.new, name="rebalance_new"),
    path("<int:pk>/", rebalances.page, name="rebalance"),
    path("<int:pk>/progress/", rebalances.progress, name="rebalance_progress"),
    path("<int:pk>/again/", rebalances.again, name="rebalance_again"),
    path("<int:pk>/discard/", rebalances.discard, name="rebalance_discard"),
    path("<int:pk>/apply/", rebalances.apply, name="rebalance_apply"),
    path("<int:pk>/undo/", rebalances.undo, name="rebalance_undo"),
    path("<int:pk>/moves/", rebalance_moves.decide, name="rebalance_moves"),
    path("<int:pk>/customers/", rebalance_moves.find, name="rebalance_find"),
    path("<int:pk>/customers/<int:customer>/", rebalance_moves.target, name="rebalance_target"),
]
