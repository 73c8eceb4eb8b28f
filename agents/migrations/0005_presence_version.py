"""Which transaction last changed what a wave knows of an agent: waves read only what is new.

A heartbeat alone changes nothing for a wave, unless it brings back somebody who could not be
reached. A column that waves read must be listed in the trigger.
"""

from django.db import migrations

SEEN = """{row}.state, {row}.disconnected_at IS NULL, {row}.capacity, {row}.load,
    {row}.idle_since, {row}.recent, {row}.recent_at, {row}.taken, {row}.offered_at,
    {row}.unreached_at IS NULL OR {row}.last_seen_at > {row}.unreached_at"""


def versioned(table: str, condition: str) -> tuple[str, str]:
    """SQL (forwards, backwards) for a column `version` of `table`: the last transaction that made
    `condition` true of a row."""
    return (
        f"""
        ALTER TABLE {table} ADD COLUMN version xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX {table}_by_version ON {table} (version);
        CREATE TRIGGER {table}_versioned BEFORE UPDATE ON {table}
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION flagdown_new_version();
        """,
        f"""DROP TRIGGER {table}_versioned ON {table};
            ALTER TABLE {table} DROP COLUMN version;""",
    )


class Migration(migrations.Migration):
    dependencies = [("agents", "0004_unreached")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION flagdown_new_version() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.version := pg_current_xact_id();
                RETURN NEW;
            END $$;
            """,
            "DROP FUNCTION flagdown_new_version();",
        ),
        migrations.RunSQL(
            *versioned(
                "agents_presence",
                f"ROW({SEEN.format(row='OLD')}) IS DISTINCT FROM ROW({SEEN.format(row='NEW')})",
            )
        ),
        migrations.RunSQL(*versioned("agents_agent", "OLD.profile_version <> NEW.profile_version")),
    ]
