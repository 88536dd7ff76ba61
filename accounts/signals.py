"""News for the floors above: what happened here that a higher app may care about."""

from django.dispatch import Signal

# Sent inside the transaction that changed facts a tier rule can see; kwargs: customer_ids (list of int).
facts_changed = Signal()
