"""The kinds of work about tiers that transactions promise through the outbox; segments.tasks does it."""

RUN = "segments.reassign_tiers"
PLACE = "segments.place_customers"
FILL = "segments.fill_portfolios"
REBALANCE = "segments.rebalance"
