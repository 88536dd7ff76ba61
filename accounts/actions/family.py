"""Parent companies: one lock and one question, so that nobody becomes its own ancestor."""

from django.db import connection

# One key for all: two people who make each other's customer the parent must not pass each other.
PARENT_LOCK = 7_201_001


def lock_parents() -> None:
    """Wait until no other transaction changes who belongs to whom; held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PARENT_LOCK])


def is_above(above: int, customer_id: int | None) -> bool:
    """Tell whether `above` is the customer itself or one of its ancestors."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up (id, parent_id) AS ("
            " SELECT id, parent_id FROM accounts_customer WHERE id = %s"
            " UNION SELECT c.id, c.parent_id FROM accounts_customer c JOIN up ON c.id = up.parent_id"
            ") SELECT 1 FROM up WHERE id = %s",
            [customer_id, above],
        )
        return cursor.fetchone() is not None
