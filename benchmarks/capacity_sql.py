"""The company that the capacity benchmark measures, and the bare SQL that yields the page's numbers."""

# One customer in fifty is high touch, one in six low touch; one in three has a renewal within two years, spread evenly,
# one in twenty is being onboarded.
CUSTOMERS = """
INSERT INTO accounts_customer (name, external_id, domain, country, industry, language, time_zone, is_brand,
    is_strategic, edition, seats, stage, tags, signed_up_on, custom, tier, tier_since, mrr, renews_on, figures_on,
    created_at, updated_at)
SELECT md5(n::text) || ' Company', 'C-' || n, 'company' || n || '.example', 'US', 'Software', 'en', 'UTC', false,
    false, 'Team', n %% 300, CASE WHEN n %% 20 = 1 THEN 'onboarding' ELSE 'adoption' END, ARRAY['pilot', 'api'],
    CASE WHEN n %% 20 = 1 THEN current_date - n %% 60 ELSE DATE '2020-01-01' + n %% 2000 END, '{}',
    CASE WHEN n %% 50 = 0 THEN 'high' WHEN n %% 6 = 1 THEN 'low' ELSE 'tech' END, now() - interval '200 days',
    n %% 9973, CASE WHEN n %% 3 > 0 THEN current_date + n %% 700 END, current_date, now(), now()
FROM generate_series(%(first)s, %(last)s) AS n
"""
# Every CSM has a pattern of its own in one of four zones and countries, and a team of ten.
PEOPLE = """
INSERT INTO accounts_user (email, name, password, kind, is_active, job_title, language, spoken_languages, time_zone,
    country, takes_customers, date_joined, team_id)
SELECT 'csm' || n || '@company.example', 'CSM ' || n, '!', 'staff', true, '', 'en', '{}', z.zone, z.country, true,
    now(), (SELECT id FROM accounts_team WHERE name = 'Team ' || n / %(team)s)
FROM generate_series(%(first_csm)s, %(last_csm)s) AS n
JOIN (VALUES (0, 'Europe/Berlin', 'DE'), (1, 'America/New_York', 'US'), (2, 'Asia/Kolkata', 'IN'), (3, 'UTC', 'GB'))
    AS z (number, zone, country) ON z.number = n %% 4;
INSERT INTO accounts_rolegrant (user_id, role, granted_at)
SELECT id, 'csm', now() FROM accounts_user u WHERE email LIKE 'csm%%'
    AND NOT EXISTS (SELECT FROM accounts_rolegrant g WHERE g.user_id = u.id);
INSERT INTO calendars_workpattern (person_id, starts_on, time_zone, country, subdivision, created_at)
SELECT id, DATE '2020-01-01', time_zone, country, '', now() FROM accounts_user u WHERE email LIKE 'csm%%'
    AND NOT EXISTS (SELECT FROM calendars_workpattern w WHERE w.person_id = u.id);
INSERT INTO calendars_workperiod (pattern_id, weekday, starts, ends)
SELECT w.id, d, p.starts, p.ends FROM calendars_workpattern w, generate_series(0, 4) d,
    (VALUES (540, 720), (780, 1080)) AS p (starts, ends)
WHERE NOT EXISTS (SELECT FROM calendars_workperiod o WHERE o.pattern_id = w.id);
INSERT INTO accounts_assignment (customer_id, person_id, role, tier, starts_at, source, why, over_limit_reason,
    ended_why, handover_note)
SELECT c.id, p.id, 'csm', c.tier, now(), 'automatic', '', '', '', ''
FROM (SELECT id, tier, row_number() OVER (ORDER BY id) AS place FROM accounts_customer c
      WHERE tier IN ('high', 'low') AND id %% 40 > 0 AND NOT EXISTS (
          SELECT FROM accounts_assignment a WHERE a.customer_id = c.id)) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS number FROM accounts_user u
      WHERE email LIKE 'csm%%' AND NOT EXISTS (SELECT FROM accounts_assignment a WHERE a.person_id = u.id)) p
    ON p.place = c.place %% p.number;
"""
# Half a year of logged time, a quarter of it of the last weeks; one customer in 900 is tech touch and gets much.
LIFE = """
INSERT INTO segments_timeentry (customer_id, person_id, "on", minutes, activity, note, over_allowance_reason,
    created_at)
SELECT a.customer_id, a.person_id, current_date - (a.id * 7 + n * 13)::int %% 180, 15 + (a.id + n) %% 6 * 15, 'call',
    '', '', now()
FROM accounts_assignment a, generate_series(1, 4) n;
INSERT INTO segments_timeentry (customer_id, person_id, "on", minutes, activity, note, over_allowance_reason,
    created_at)
SELECT c.id, (SELECT min(person_id) FROM accounts_assignment) , current_date - 3, 120, 'call', '', '', now()
FROM accounts_customer c WHERE c.tier = 'tech' AND c.id %% 900 = 3;
INSERT INTO calendars_commitment (host_id, kind, title, starts_at, ends_at, busy, active, created_at)
SELECT u.id, CASE WHEN n %% 2 = 0 THEN 'meeting' ELSE 'hour' END, '', t.at, t.at + interval '1 hour',
    tstzrange(t.at, t.at + interval '1 hour'), true, now()
FROM accounts_user u, generate_series(0, 51) n,
    LATERAL (SELECT date_trunc('week', now()) + (n / 4) * interval '7 days' + (n %% 4) * interval '1 day'
        + interval '10 hours 30 minutes' AS at) t
WHERE u.email LIKE 'csm%%';
INSERT INTO segments_capacitysnapshot ("on", person_id, high, low, tech, unassigned, arr, promised_minutes,
    available_minutes, logged_minutes, made_at)
SELECT current_date - n, u.id, 5, 40, 0, 0, 100000, 6000 + n, 7200, 5000, now()
FROM generate_series(1, 91) n, accounts_user u WHERE u.email LIKE 'csm%%';
INSERT INTO segments_capacitysnapshot ("on", person_id, high, low, tech, unassigned, arr, promised_minutes,
    available_minutes, logged_minutes, made_at)
SELECT "on", NULL, sum(high), sum(low), 0, 0, sum(arr), sum(promised_minutes), sum(available_minutes),
    sum(logged_minutes), now() FROM segments_capacitysnapshot GROUP BY "on";
"""

# What the page can't do without, each as one statement that a person who knows the tables would write.
WHO = """
SELECT u.id, u.name, t.name, array_agg(l.tier), array_agg(l.portfolio_limit)
FROM accounts_user u JOIN accounts_rolegrant g ON g.user_id = u.id AND g.role = 'csm'
LEFT JOIN accounts_team t ON t.id = u.team_id LEFT JOIN segments_personlimit l ON l.person_id = u.id
WHERE u.is_active GROUP BY u.id, t.name ORDER BY u.name
"""
PROMISED = """
WITH held AS MATERIALIZED (
    SELECT a.person_id, a.tier, c.mrr, c.stage, c.renews_on, c.signed_up_on FROM accounts_assignment a
    JOIN accounts_customer c ON c.id = a.customer_id WHERE a.role = 'csm' AND a.ends_at IS NULL
), events AS (
    SELECT person_id, tier, 'renewal' AS event, renews_on - 28 AS begins, renews_on AS beyond FROM held
    WHERE renews_on > %(first)s AND renews_on - 28 < %(beyond)s
    UNION ALL
    SELECT person_id, tier, 'onboarding', signed_up_on, signed_up_on + 42 FROM held
    WHERE stage = 'onboarding' AND signed_up_on < %(beyond)s AND signed_up_on + 42 > %(first)s
)
SELECT person_id, tier, NULL AS event, NULL::int AS week, count(*) AS number, sum(mrr) FROM held GROUP BY 1, 2
UNION ALL
SELECT person_id, tier, event, w, sum(LEAST(beyond, %(first)s + 7 * w + 7) - GREATEST(begins, %(first)s + 7 * w)), NULL
FROM events, generate_series(0, 12) w
WHERE begins < %(first)s + 7 * w + 7 AND beyond > %(first)s + 7 * w GROUP BY 1, 2, 3, 4
"""
AVAILABLE = """
WITH open_days AS (
    SELECT z.country, d.day::date AS day FROM unnest(%(countries)s::text[]) AS z (country),
        generate_series(%(first)s::timestamp, %(first)s::timestamp + interval '90 days', interval '1 day') AS d (day)
    EXCEPT SELECT * FROM unnest(%(closed_countries)s::text[], %(holidays)s::date[])
), worked AS (
    SELECT w.person_id, (d.day - %(first)s) / 7 AS week, range_agg(tstzrange(
        (d.day + p.starts * interval '1 minute') AT TIME ZONE w.time_zone,
        (d.day + p.ends * interval '1 minute') AT TIME ZONE w.time_zone)) AS spans
    FROM calendars_workpattern w JOIN calendars_workperiod p ON p.pattern_id = w.id
    JOIN open_days d ON d.country = w.country AND extract(isodow FROM d.day) - 1 = p.weekday
    GROUP BY 1, 2
), taken AS (
    SELECT host_id, range_agg(busy) AS spans FROM calendars_commitment
    WHERE active AND kind IN ('meeting', 'absence') AND busy && tstzrange(%(first)s, %(beyond)s) GROUP BY 1
)
SELECT w.person_id, w.week,
    (SELECT sum(extract(epoch FROM upper(s) - lower(s)))::int / 60 FROM unnest(w.spans) s),
    (SELECT sum(extract(epoch FROM upper(s) - lower(s)))::int / 60 FROM unnest(w.spans * t.spans) s)
FROM worked w LEFT JOIN taken t ON t.host_id = w.person_id
"""
LOGGED = """
SELECT e.person_id, c.tier, sum(e.minutes) FROM segments_timeentry e JOIN accounts_customer c ON c.id = e.customer_id
WHERE e."on" > %(since)s AND e."on" <= %(today)s GROUP BY 1, 2
"""
UNASSIGNED = """
SELECT tier, count(*), sum(mrr) FROM accounts_customer c
WHERE merged_into_id IS NULL AND tier IN ('high', 'low') AND NOT EXISTS (
    SELECT FROM accounts_assignment a WHERE a.customer_id = c.id AND a.role = 'csm' AND a.ends_at IS NULL)
GROUP BY tier
"""
DRAWING = """
SELECT c.id, c.name, c.mrr, e.minutes, count(*) OVER (), sum(e.minutes) OVER () FROM (
    SELECT customer_id, sum(minutes) AS minutes FROM segments_timeentry
    WHERE "on" > %(since)s AND "on" <= %(today)s GROUP BY 1 HAVING sum(minutes) >= 83) AS e
JOIN accounts_customer c ON c.id = e.customer_id AND c.tier = 'tech' ORDER BY e.minutes DESC, c.id DESC LIMIT 5
"""
NEGLECTED = """
SELECT *, count(*) OVER (), sum(mrr) OVER () FROM (
    SELECT c.id, c.name, c.mrr, COALESCE((
        SELECT sum(e.minutes) FROM segments_timeentry e
        WHERE e.customer_id = c.id AND e."on" > %(since)s AND e."on" <= %(today)s), 0) AS given,
        NOT EXISTS (SELECT FROM segments_timeentry e WHERE e.customer_id = c.id AND e."on" >= %(silent)s
            AND e.activity <> 'preparation')
        AND NOT EXISTS (SELECT FROM accounts_timelineentry t WHERE t.customer_id = c.id AND t.at >= %(silent)s
            AND t.kind IN ('note.call', 'note.email', 'note.meeting')) AS silent
    FROM accounts_customer c JOIN accounts_assignment a ON a.customer_id = c.id
    WHERE a.role = 'csm' AND a.ends_at IS NULL AND a.tier = 'high' AND c.tier_since < %(since)s
) AS high WHERE given < 220.8 OR silent ORDER BY mrr DESC, id DESC LIMIT 5
"""
BEFORE = """
SELECT person_id, promised_minutes, available_minutes FROM segments_capacitysnapshot
WHERE person_id IS NOT NULL AND "on" = (
    SELECT max("on") FROM segments_capacitysnapshot WHERE person_id IS NULL AND "on" <= %(today)s - 30)
"""
TREND = """
SELECT "on", promised_minutes, available_minutes, logged_minutes FROM segments_capacitysnapshot
WHERE person_id IS NULL AND "on" > %(today)s - 91 ORDER BY "on"
"""
BARE = (WHO, PROMISED, AVAILABLE, LOGGED, UNASSIGNED, DRAWING, NEGLECTED, BEFORE, TREND)
