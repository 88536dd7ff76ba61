"""News for the floors above: what happened here that a higher app may care about."""

from django.dispatch import Signal

# Sent inside the transaction that changed facts a tier rule can see; kwargs: customer_ids (list of int).
facts_changed = Signal()

# Sent inside the transaction that hands over all of a person's customers (they leave or are deactivated), after the
# roles other than CSM are handed over; kwargs: person, actor, successor (User or None), why (str).
# Each receiver returns how many customers it took off the person by role.
person_left = Signal()
