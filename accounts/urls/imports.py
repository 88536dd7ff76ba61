"""Addresses: imports."""

from django.urls import URLPattern, URLResolver, path

from accounts.views import imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("", imports.import_list, name="imports"),
    path("new/", imports.import_upload, name="import_upload"),
    path("<int:pk>/", imports.import_page, name="import"),
    path("<int:pk>/layout/", imports.import_layout, name="import_layout"),
    path("<int:pk>/kind/", imports.import_kind, name="import_kind"),
    path("<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("<int:pk>/continue/", imports.import_continue, name="import_continue"),
    path("<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("<int:pk>/rejected.csv", imports.import_rejected, name="import_rejected"),
    path("<int:pk>/problems.csv", imports.import_problems, name="import_problems"),
    path("<int:pk>/kept.csv", imports.import_kept, name="import_kept"),
]
