"""What the database itself keeps true of the ledger: it only grows, and every transaction balances.

A transaction says how many entries it has. When it commits, a deferred constraint trigger counts
them and sums them up, and looks whether each account is there and of the transaction's currency; an
entry that comes later is one too many and is refused at once.
"""

from django.db import migrations

from core.states import append_only

TABLES = ("pay_account", "pay_transaction", "pay_entry", "pay_line")


def for_ever(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards) that makes `table` refuse UPDATE, DELETE and TRUNCATE."""
    forwards, backwards = append_only(table)
    return (
        f"""{forwards}
        CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION flagdown_append_only();""",
        f"DROP TRIGGER IF EXISTS {table}_not_emptied ON {table}; {backwards}",
    )


BALANCED = """
    CREATE FUNCTION flagdown_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        found bigint; total numeric; fits boolean;
    BEGIN
        SELECT count(*), sum(e.amount), bool_and(coalesce(a.currency = NEW.currency, FALSE))
        INTO found, total, fits
        FROM pay_entry e LEFT JOIN pay_account a ON a.id = e.account_id
        WHERE e.transaction_id = NEW.id;
        IF found <> NEW.legs THEN
            RAISE EXCEPTION 'Transaction % has % entries, not the % it was written with.',
                NEW.id, found, NEW.legs USING ERRCODE = 'integrity_constraint_violation';
        ELSIF total <> 0 THEN
            RAISE EXCEPTION 'Transaction % sums to %, not to zero.', NEW.id, total
                USING ERRCODE = 'integrity_constraint_violation';
        ELSIF NOT fits THEN
            RAISE EXCEPTION 'Transaction % in % has an entry of another currency''s account, or of none.',
                NEW.id, NEW.currency USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER pay_transaction_balanced AFTER INSERT ON pay_transaction
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION flagdown_balanced();

    CREATE FUNCTION flagdown_no_late_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        late uuid;
    BEGIN
        -- Each looked up by its index, whatever the planner knows of the tables: a join was planned
        -- while they were small, and took a third of a posting's time.
        SELECT n.transaction_id INTO late
        FROM (SELECT DISTINCT transaction_id FROM entered) n
        WHERE coalesce((SELECT t.legs FROM pay_transaction t WHERE t.id = n.transaction_id), 0)
            < (SELECT count(*) FROM pay_entry e WHERE e.transaction_id = n.transaction_id)
        LIMIT 1;
        IF late IS NOT NULL THEN
            RAISE EXCEPTION 'Transaction % is not there, or has all its entries already.', late
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER pay_entry_not_late AFTER INSERT ON pay_entry REFERENCING NEW TABLE AS entered
        FOR EACH STATEMENT EXECUTE FUNCTION flagdown_no_late_entries();
"""
UNBALANCED = """
    DROP TRIGGER IF EXISTS pay_entry_not_late ON pay_entry;
    DROP FUNCTION flagdown_no_late_entries();
    DROP TRIGGER IF EXISTS pay_transaction_balanced ON pay_transaction;
    DROP FUNCTION flagdown_balanced();
"""


class Migration(migrations.Migration):
    dependencies = [("pay", "0001_ledger"), ("agents", "0002_triggers")]
    operations = [
        *(migrations.RunSQL(*for_ever(table)) for table in TABLES),
        migrations.RunSQL(BALANCED, UNBALANCED),
        # Balances change with every posting: leave room on the page, so that an update stays on it.
        migrations.RunSQL(
            "ALTER TABLE pay_balance SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);",
            "ALTER TABLE pay_balance RESET (fillfactor, autovacuum_vacuum_scale_factor);",
        ),
    ]
