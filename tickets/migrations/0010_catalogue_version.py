"""Whether queues and ladders are as they were: one row that every change of them writes.

Processes keep queues as long as it stays the same. The transaction's number tells apart what a
roll-back took back; the count tells apart two changes in one transaction.
"""

from django.db import migrations

TABLES = ("tickets_queue", "tickets_queueskill", "tickets_ladderstep", "tickets_ladderskill")


def watched(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards): any change of `table` is a new version of the catalogue."""
    return (
        f"""CREATE TRIGGER {table}_new_catalogue AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION flagdown_new_catalogue();""",
        f"DROP TRIGGER {table}_new_catalogue ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_messages_write_no_index")]
    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE tickets_catalogue_version (
                one boolean PRIMARY KEY DEFAULT true CHECK (one),
                changed_by xid8 NOT NULL, changes bigint NOT NULL);
            INSERT INTO tickets_catalogue_version VALUES (true, pg_current_xact_id(), 0);
            CREATE FUNCTION flagdown_new_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE tickets_catalogue_version
                SET changed_by = pg_current_xact_id(), changes = changes + 1;
                RETURN NULL;
            END $$;
            """,
            "DROP FUNCTION flagdown_new_catalogue(); DROP TABLE tickets_catalogue_version;",
        ),
        *(migrations.RunSQL(*watched(table)) for table in TABLES),
    ]
