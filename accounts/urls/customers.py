"""Addresses: editing customers, contacts and subscriptions, their history, and merging duplicates."""

from django.urls import URLPattern, URLResolver, path

from accounts.views import contacts, customers, history, merges, subscriptions

urlpatterns: list[URLPattern | URLResolver] = [
    path("new/", customers.customer_new, name="customer_new"),
    path("suggest/", customers.customer_suggest, name="customer_suggest"),
    path("<int:pk>/edit/", customers.customer_edit, name="customer_edit"),
    path("<int:pk>/history/", history.customer_history, name="customer_history"),
    path("<int:pk>/merge/", merges.customer_merge, name="customer_merge"),
    path("merges/<int:pk>/undo/", merges.merge_undo, name="merge_undo"),
    path("duplicates/", merges.duplicates, name="duplicates"),
    path("duplicates/find/", merges.duplicates_find, name="duplicates_find"),
    path("duplicates/<int:pk>/dismiss/", merges.duplicate_dismiss, name="duplicate_dismiss"),
    path("<int:pk>/contacts/new/", contacts.contact_new, name="contact_new"),
    path("contacts/<int:pk>/edit/", contacts.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/state/", contacts.contact_state, name="contact_state"),
    path("<int:pk>/subscriptions/new/", subscriptions.subscription_new, name="subscription_new"),
    path("subscriptions/<int:pk>/edit/", subscriptions.subscription_edit, name="subscription_edit"),
    path("subscriptions/<int:pk>/end/", subscriptions.subscription_end, name="subscription_end"),
]
