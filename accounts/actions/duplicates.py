"""Looking for customers that are there twice, and a person's answer to it.

All customers are compared at once, by work that grows as the sorting of their names does: equal domains, equal names,
and names that stand near each other in the alphabet (read forwards and backwards) and are alike.
"""

from django.db import connection

from accounts.models import DuplicatePair, User
from core.errors import Conflict
from core.transactions import repeated_transaction

# Addresses under these say nothing about a company.
SHARED_DOMAINS = [
    *("163.com", "aol.com", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com"),
    *("icloud.com", "live.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com"),
    *("qq.com", "t-online.de", "web.de", "yahoo.com", "yandex.ru"),
]
# A domain or a name that more customers share than this is no sign of duplicates (franchises, shared hosts).
LARGEST_GROUP = 8
# With how many next ones in the alphabet a name is compared.
NEIGHBOURS = 6
# Trigram similarity from which two names look alike; 0.6 is where a swapped letter pair in a ten-letter name stays in.
ALIKE = 0.6
MOST_PAIRS = 5_000

# A table of its own with statistics of its own: the plan is right just after an import, too.
PREPARE = """
DROP TABLE IF EXISTS pg_temp.alphabet;
CREATE TEMPORARY TABLE alphabet ON COMMIT DROP AS
SELECT id, domain, country, parent_id, plain, digits,
       row_number() OVER (ORDER BY plain COLLATE "C", id) AS place,
       row_number() OVER (ORDER BY reverse(plain) COLLATE "C", id) AS place_backwards
FROM (
    SELECT id, domain, country, parent_id, accounts_plain_name(name) AS plain,
           regexp_replace(name, '[^0-9]+', ' ', 'g') AS digits
    FROM accounts_customer WHERE merged_into_id IS NULL
) live;
ANALYZE alphabet;
"""
FIND = """
WITH same_domain AS (
    SELECT a.id AS one, b.id AS two, 0.85 AS score, 'Same domain ' || a.domain AS reason
    FROM alphabet a JOIN alphabet b ON b.domain = a.domain AND b.id > a.id
    WHERE a.domain IN (
        SELECT domain FROM alphabet WHERE domain <> '' AND domain <> ALL (%(shared)s)
        GROUP BY domain HAVING count(*) BETWEEN 2 AND %(largest)s
    )
), same_name AS (
    SELECT a.id AS one, b.id AS two, 0.9 AS score, 'Same name' AS reason
    FROM alphabet a JOIN alphabet b ON b.plain = a.plain AND b.id > a.id
    WHERE a.plain IN (
        SELECT plain FROM alphabet WHERE plain <> '' GROUP BY plain HAVING count(*) BETWEEN 2 AND %(largest)s
    )
), alike AS (
    SELECT least(a.id, b.id) AS one, greatest(a.id, b.id) AS two, similarity(a.plain, b.plain) AS how
    FROM alphabet a CROSS JOIN generate_series(1, %(neighbours)s) step
    JOIN alphabet b ON b.place = a.place + step
    WHERE a.digits = b.digits AND a.plain <> b.plain AND a.plain <> '' AND similarity(a.plain, b.plain) >= %(alike)s
    UNION
    SELECT least(a.id, b.id), greatest(a.id, b.id), similarity(a.plain, b.plain)
    FROM alphabet a CROSS JOIN generate_series(1, %(neighbours)s) step
    JOIN alphabet b ON b.place_backwards = a.place_backwards + step
    WHERE a.digits = b.digits AND a.plain <> b.plain AND a.plain <> '' AND similarity(a.plain, b.plain) >= %(alike)s
), found AS (
    SELECT one, two, score, reason FROM same_domain
    UNION ALL SELECT one, two, score, reason FROM same_name
    UNION ALL SELECT one, two, 0.8 * how, 'Names alike (' || round(100 * how::numeric) || ' %%)' FROM alike
), pairs AS (
    SELECT one, two, string_agg(reason, ', ' ORDER BY score DESC) AS reason,
           least(1, max(score) + 0.1 * (count(*) - 1)) AS score
    FROM found GROUP BY one, two
)
INSERT INTO accounts_duplicatepair (first_id, second_id, score, reason, state, found_at)
SELECT p.one, p.two,
       CASE WHEN a.country <> '' AND b.country <> '' AND a.country <> b.country THEN p.score * 0.8 ELSE p.score END,
       left(p.reason, 200), 'open', now()
FROM pairs p JOIN alphabet a ON a.id = p.one JOIN alphabet b ON b.id = p.two
WHERE a.parent_id IS DISTINCT FROM b.id AND b.parent_id IS DISTINCT FROM a.id
  AND NOT EXISTS (SELECT FROM accounts_duplicatepair d WHERE d.first_id = p.one AND d.second_id = p.two)
ORDER BY 3 DESC, p.one, p.two
LIMIT %(most)s
ON CONFLICT (first_id, second_id) DO NOTHING
"""


@repeated_transaction
def find_duplicates() -> int:
    """Return how many pairs of customers that look like one were found and were not known before.

    A pair that a person called different is never suggested again, nor is a company beside its own parent.
    """
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)
        cursor.execute(
            FIND,
            {
                "shared": SHARED_DOMAINS,
                "largest": LARGEST_GROUP,
                "neighbours": NEIGHBOURS,
                "alike": ALIKE,
                "most": MOST_PAIRS,
            },
        )
        return cursor.rowcount


@repeated_transaction
def dismiss_duplicate(*, actor: User | None, pair: DuplicatePair) -> DuplicatePair:
    """Return the pair marked as two different customers; raise Conflict where they were merged meanwhile."""
    locked = DuplicatePair.objects.select_for_update(of=("self",)).get(pk=pair.pk)
    if locked.state == DuplicatePair.State.MERGED:
        raise Conflict("These two were merged meanwhile.", code="merged")
    locked.state, locked.decided_by = DuplicatePair.State.DISMISSED, actor
    locked.save(update_fields=["state", "decided_by"])
    return locked
