from django.db import migrations

# As pghistory's own, but where no person, task or command is known the row names the database user. The context's id
# comes from the transaction, so that two transactions never wait for each other's row.
FUNCTION = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS pghistory_context.id%TYPE AS $$
DECLARE
    known_id text := NULLIF(current_setting('pghistory.context_id', true), '');
    known_metadata text := NULLIF(current_setting('pghistory.context_metadata', true), '');
    unnamed_id uuid;
BEGIN
    IF known_id IS NOT NULL AND known_metadata IS NOT NULL THEN
        INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
            VALUES (known_id::uuid, known_metadata::jsonb, now(), now())
            ON CONFLICT (id) DO UPDATE
                SET metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at
                WHERE pghistory_context.metadata != EXCLUDED.metadata;
        RETURN known_id::uuid;
    END IF;
    unnamed_id := md5('database user ' || session_user || pg_current_xact_id())::uuid;
    INSERT INTO pghistory_context (id, metadata, created_at, updated_at)
        VALUES (unnamed_id, jsonb_build_object('who', 'database user ' || session_user), now(), now())
        ON CONFLICT (id) DO NOTHING;
    RETURN unnamed_id;
END;
$$ LANGUAGE plpgsql
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_outbox_knows_on_whose_behalf'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
