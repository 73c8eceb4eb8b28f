"""What the database itself keeps true: the log only grows, a profile's version counts its changes."""

from django.db import migrations

from core.states import append_only


def counts_changes(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards): any change of `table` makes its agent's profile a new version."""
    return (
        f"""CREATE TRIGGER {table}_new_version AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION flagdown_new_profile_version();""",
        f"DROP TRIGGER IF EXISTS {table}_new_version ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_initial")]
    operations = [
        migrations.RunSQL(*append_only("agents_presencelog")),
        migrations.RunSQL(
            """
            CREATE FUNCTION flagdown_new_profile_version() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE agents_agent SET profile_version = profile_version + 1
                WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.agent_id ELSE NEW.agent_id END;
                RETURN NULL;
            END $$;
            """,
            "DROP FUNCTION flagdown_new_profile_version();",
        ),
        migrations.RunSQL(*counts_changes("agents_agentlanguage")),
        migrations.RunSQL(*counts_changes("agents_agentskill")),
        # Rows that change by the second: leave room on the page, so that an update stays on it.
        migrations.RunSQL(
            "ALTER TABLE agents_presence SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);",
            "ALTER TABLE agents_presence RESET (fillfactor, autovacuum_vacuum_scale_factor);",
        ),
    ]
