"""The usual hours of a tier and of what happens in a customer's life, for a company that has set none."""

from django.db import migrations

# A full portfolio, 15 high-touch customers at eight hours or 80 low-touch ones at an hour and a half, fills the 120
# hours that a month of 160 leaves at three quarters.
HOURS = """
UPDATE segments_tierterms SET planned_minutes = CASE tier WHEN 'high' THEN 480 WHEN 'low' THEN 90 ELSE 0 END
WHERE planned_minutes = 0
"""
# A renewal is prepared in its last month; an onboarding is done within its first six weeks.
EVENTS = """
INSERT INTO segments_eventterms (event, tier, minutes, weeks)
VALUES ('renewal', 'high', 360, 4), ('renewal', 'low', 60, 4), ('renewal', 'tech', 0, 4),
       ('onboarding', 'high', 720, 6), ('onboarding', 'low', 180, 6), ('onboarding', 'tech', 0, 6)
ON CONFLICT (event, tier) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0004_capacity")]

    operations = [
        migrations.RunSQL(HOURS, migrations.RunSQL.noop),
        migrations.RunSQL(EVENTS, migrations.RunSQL.noop),
    ]
