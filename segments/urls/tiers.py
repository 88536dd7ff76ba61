"""Addresses: rule sets, simulation, runs, moves and pins."""

from django.urls import URLPattern, URLResolver, path

from segments.views import moves, pins, rule_sets, tiers

urlpatterns: list[URLPattern | URLResolver] = [
    path("", tiers.overview, name="tiers"),
    path("runs/", tiers.run, name="tier_run"),
    path("runs/<int:pk>/", tiers.run_progress, name="tier_run_progress"),
    path("moves/", moves.moves, name="tier_moves"),
    path("approvals/", moves.approvals, name="tier_approvals"),
    path("pins/", pins.pins, name="tier_pins"),
    path("pins/<int:pk>/end/", pins.unpin, name="end_tier_pin"),
    path("customers/<int:pk>/pin/", pins.pin, name="tier_pin"),
    path("rules/", rule_sets.versions, name="rule_sets"),
    path("rules/new/", rule_sets.new, name="rule_set_new"),
    path("rules/thresholds/", rule_sets.thresholds, name="tier_thresholds"),
    path("rules/<int:pk>/", rule_sets.version, name="rule_set"),
    path("rules/<int:pk>/edit/", rule_sets.editor, name="rule_set_editor"),
    path("rules/<int:pk>/check/", rule_sets.check, name="rule_set_check"),
    path("rules/<int:pk>/simulation/", rule_sets.simulation, name="rule_set_simulation"),
    path("rules/<int:pk>/simulation/flow/", rule_sets.flow, name="rule_set_flow"),
    path("rules/<int:pk>/activate/", rule_sets.activate, name="activate_rule_set"),
    path("rules/<int:pk>/delete/", rule_sets.delete, name="delete_rule_set"),
]
