"""Addresses: portfolio, customers, saved views, bulk actions, exports."""

from django.urls import path

from workspace.views import bulk, exports, lists, saved_views

urlpatterns = [
    path("portfolio/", lists.portfolio, name="portfolio"),
    path("customers/", lists.customers, name="customers"),
    path("lists/<slug:page>/filters/", lists.filters, name="list_filters"),
    path("lists/<slug:page>/columns/", lists.columns, name="list_columns"),
    path("lists/<slug:page>/views/new/", saved_views.new, name="view_new"),
    path("views/<int:pk>/", saved_views.edit, name="view_edit"),
    path("views/<int:pk>/delete/", saved_views.delete, name="view_delete"),
    path("bulk/", bulk.prepare, name="bulk_prepare"),
    path("bulk/start/", bulk.start, name="bulk_start"),
    path("bulk/<int:pk>/", bulk.job_page, name="bulk_job"),
    path("bulk/<int:pk>/progress/", bulk.progress, name="bulk_progress"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/progress/", exports.export_progress, name="export_progress"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
]
