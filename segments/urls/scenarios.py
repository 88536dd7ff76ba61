"""Addresses: what-ifs, saved ones beside one another, and the customers behind their figures."""

from django.urls import URLPattern, URLResolver, path

from segments.views.scenarios import customers, editing, lists

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.scenarios, name="scenarios"),
    path("new/", editing.new, name="scenario_new"),
    path("customers/", customers.customers_of_changes, name="scenario_changes_customers"),
    path("compare/", lists.side_by_side, name="scenarios_compare"),
    path("<int:pk>/", editing.scenario, name="scenario"),
    path("<int:pk>/customers/", customers.customers, name="scenario_customers"),
    path("<int:pk>/name/", lists.rename, name="scenario_name"),
    path("<int:pk>/copy/", lists.copy, name="scenario_copy"),
    path("<int:pk>/delete/", lists.delete, name="scenario_delete"),
]
