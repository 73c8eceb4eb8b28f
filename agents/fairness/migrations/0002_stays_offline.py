"""What the database itself keeps true: who is suspended stays offline, and the logs only grow."""

from django.db import migrations

from core.states import append_only


class Migration(migrations.Migration):
    dependencies = [("fairness", "0001_initial")]
    operations = [
        migrations.RunSQL(*append_only("fairness_suspensionlog")),
        migrations.RunSQL(*append_only("fairness_appeallog")),
        # Asked once the presence is locked, and with what is committed by then: a suspension locks
        # the same row, so neither misses the other.
        migrations.RunSQL(
            """
            CREATE FUNCTION flagdown_suspended_stay_offline() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM fairness_suspension s
                           WHERE s.agent_id = NEW.agent_id AND s.state = 'in_force'
                             AND coalesce(s.until > clock_timestamp(), true)) THEN
                    RAISE EXCEPTION 'suspended_stay_offline' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER suspended_stay_offline BEFORE UPDATE OF state ON agents_presence
                FOR EACH ROW WHEN (OLD.state = 'offline' AND NEW.state <> 'offline')
                EXECUTE FUNCTION flagdown_suspended_stay_offline();
            """,
            """
            DROP TRIGGER suspended_stay_offline ON agents_presence;
            DROP FUNCTION flagdown_suspended_stay_offline();
            """,
        ),
    ]
