"""News of the queue, sent inside the transaction that makes it, so that who listens writes its rows in it.

A receiver that raises undoes what it was told of. No receiver locks a customer's row: the host's is locked already, and
the order is customer, then host.
"""

from django.dispatch import Signal

# kwargs: booking, actor (User or None).
booking_made = Signal()

# kwargs: booking (as it is now), actor, old_host_id, old_starts_at, old_ends_at. `booking.sequence` has gone up.
booking_moved = Signal()

# kwargs: booking, actor, as_customer (bool: whether the customer's side did it). `booking.sequence` has gone up.
booking_cancelled = Signal()

# An hour that was booked is free again, by a cancellation or a move; sent last, with the host's row locked.
# kwargs: queue, host_id, starts_at, ends_at, booking (that it was taken by).
slot_freed = Signal()

# An hour is reserved for somebody on the waiting list, until `offer.expires_at`. kwargs: offer.
offer_made = Signal()

# A place on the waiting list has ended; `entry.state` says how: booked, left or expired (its last day has passed, or
# `offers_missed` says that it let offers pass). kwargs: entry.
waiting_ended = Signal()

# The host has said that the hour took place, or that the customer did not come. kwargs: booking, actor.
hour_closed = Signal()
