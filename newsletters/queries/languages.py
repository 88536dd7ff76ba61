"""The languages that contacts and customers have."""

from django.db import connection

from accounts.models import CompanySettings

# Like the values of conditions: the newest so many tell which languages there are.
LOOKED_AT = 20_000
MOST = 40
IN_USE = """
SELECT DISTINCT language FROM (
    (SELECT language FROM accounts_contact ORDER BY id DESC LIMIT %(limit)s)
    UNION ALL (SELECT language FROM accounts_customer ORDER BY id DESC LIMIT %(limit)s)
) AS newest WHERE language <> '' ORDER BY language LIMIT %(most)s
"""


def languages_in_use() -> list[str]:
    """Return the codes of the languages in use, the company's own among them."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE, {"limit": LOOKED_AT, "most": MOST})
        found = {row[0] for row in cursor.fetchall()}
    return sorted(found | {CompanySettings.current().language})
