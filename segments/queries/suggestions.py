"""Values that customers have, to choose from in a condition."""

from django.db import connection

# The newest so many customers are looked at: enough to know the words in use, whatever the number of customers.
LOOKED_AT = 20_000
MOST = 200

VALUES = """
WITH looked_at AS MATERIALIZED (
    SELECT edition, country, industry, language, tags FROM accounts_customer ORDER BY id DESC LIMIT %s
)
SELECT 'edition', edition FROM looked_at UNION SELECT 'country', country FROM looked_at
UNION SELECT 'industry', industry FROM looked_at UNION SELECT 'language', language FROM looked_at
UNION SELECT 'tags', unnest(tags) FROM looked_at ORDER BY 1, 2
"""


def values_in_use() -> dict[str, list[str]]:
    """Return by field the values in use, in order of the alphabet, at most 200 each; one query."""
    with connection.cursor() as cursor:
        cursor.execute(VALUES, [LOOKED_AT])
        found: dict[str, list[str]] = {}
        for field, value in cursor.fetchall():
            if value and len(found.setdefault(field, [])) < MOST:
                found[field].append(value)
    return found
