"""The database keeps the portfolios' limits, whoever writes and however many rows at once."""

from django.db import migrations

# The guard looks once a statement: it locks the CSMs whose portfolios grow in order of id, counts and compares. A row
# with `over_limit_reason` passes, and counts. A lowered limit leaves what is there alone, because only rows that enter
# a portfolio are looked at. The statements of a volatile function see what others committed while it waited for locks.
GUARD = """
CREATE FUNCTION segments_guard_portfolio_limits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    people bigint[];
    tiers text[];
    full_portfolio record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(person_id), array_agg(tier) INTO people, tiers FROM (
            SELECT DISTINCT person_id, tier FROM new_rows
            WHERE role = 'csm' AND ends_at IS NULL AND over_limit_reason = ''
        ) AS entering;
    ELSE
        -- No join of the two, whose plan would be kept from a small update and then be slow for a large one.
        SELECT array_agg(person_id), array_agg(tier) INTO people, tiers FROM (
            SELECT DISTINCT person_id, tier FROM (
                SELECT id, person_id, tier FROM new_rows
                WHERE role = 'csm' AND ends_at IS NULL AND over_limit_reason = ''
                EXCEPT ALL
                SELECT id, person_id, tier FROM old_rows
                WHERE role = 'csm' AND ends_at IS NULL AND over_limit_reason = ''
            ) AS changed
        ) AS entering;
    END IF;
    IF people IS NULL THEN
        RETURN NULL;
    END IF;
    IF 'tech' = ANY (tiers) THEN
        RAISE EXCEPTION 'a tech-touch customer gets a CSM only for a reason' USING
            ERRCODE = 'check_violation', TABLE = 'accounts_assignment', CONSTRAINT = 'assignment_tech_touch_for_a_reason';
    END IF;
    PERFORM 1 FROM accounts_user WHERE id = ANY (people) ORDER BY id FOR NO KEY UPDATE;
    SELECT e.person_id, e.tier, coalesce(own.portfolio_limit, terms.portfolio_limit) AS portfolio_limit, held.used
    INTO full_portfolio
    FROM unnest(people, tiers) AS e (person_id, tier)
    LEFT JOIN segments_personlimit own ON own.person_id = e.person_id AND own.tier = e.tier
    LEFT JOIN segments_tierterms terms ON terms.tier = e.tier
    CROSS JOIN LATERAL (
        SELECT count(*) AS used FROM accounts_assignment a
        WHERE a.person_id = e.person_id AND a.role = 'csm' AND a.tier = e.tier AND a.ends_at IS NULL
    ) AS held
    WHERE held.used > coalesce(own.portfolio_limit, terms.portfolio_limit)
    ORDER BY e.person_id, e.tier
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'portfolio limit passed' USING
            ERRCODE = 'check_violation', TABLE = 'accounts_assignment', CONSTRAINT = 'assignment_within_limit',
            DETAIL = json_build_object('person', full_portfolio.person_id, 'tier', full_portfolio.tier,
                                       'limit', full_portfolio.portfolio_limit, 'would_hold', full_portfolio.used);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER portfolio_limit_on_insert AFTER INSERT ON accounts_assignment
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_guard_portfolio_limits();

CREATE TRIGGER portfolio_limit_on_update AFTER UPDATE ON accounts_assignment
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION segments_guard_portfolio_limits();
"""

UNGUARD = """
DROP TRIGGER portfolio_limit_on_update ON accounts_assignment;
DROP TRIGGER portfolio_limit_on_insert ON accounts_assignment;
DROP FUNCTION segments_guard_portfolio_limits();
"""

# The middle of what the field reports: 15 high-touch or 80 low-touch customers a CSM, two hours a month on request for
# low touch, no personal time for tech touch.
TERMS = """
INSERT INTO segments_tierterms (tier, portfolio_limit, monthly_minutes)
VALUES ('high', 15, NULL), ('low', 80, 120), ('tech', NULL, 0)
ON CONFLICT (tier) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(TERMS, migrations.RunSQL.noop),
    ]
