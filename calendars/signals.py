"""News for the floors above: what happened to people's time that a higher app may have to act on."""

from django.dispatch import Signal

# Sent inside the transaction that enters an absence or makes it longer, with the host locked; kwargs: absence, actor
# (User or None), hit (list of Commitment: customers' hours and webinars that now lie inside, and stay until somebody
# moves them), let_go (list of Commitment: times held for a booking that were given back, because nobody had booked them
# yet).
absence_entered = Signal()

# Sent inside the transaction that gives time of an absence back, because it was cancelled or made shorter; kwargs:
# absence, actor (User or None), freed (list of Span: the time given back).
absence_given_back = Signal()
