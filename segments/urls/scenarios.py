"""Addresses: what-ifs, saved ones beside one another, and the customers behind their figures."""

from django.urls import URLPattern, URLResolver, path

from segments.views import scenarios

urlpatterns: list[URLPattern | URLResolver] = [
    path("", scenarios.scenarios, name="scenarios"),
    path("new/", scenarios.new, name="scenario_new"),
    path("customers/", scenarios.customers_of_changes, name="scenario_changes_customers"),
    path("compare/", scenarios.side_by_side, name="scenarios_compare"),
    path("<int:pk>/", scenarios.scenario, name="scenario"),
    path("<int:pk>/customers/", scenarios.customers, name="scenario_customers"),
    path("<int:pk>/name/", scenarios.rename, name="scenario_name"),
    path("<int:pk>/copy/", scenarios.copy, name="scenario_copy"),
    path("<int:pk>/delete/", scenarios.delete, name="scenario_delete"),
]
