"""What others may hear of newsletters, inside the transaction in which it happens."""

from django.dispatch import Signal

# Sent once for each end, with `issue_id` and `state` (finished or cancelled).
issue_ended = Signal()
