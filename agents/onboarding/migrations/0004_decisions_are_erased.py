"""A decision's words may be erased with the account of whom they are about; nothing else changes."""

from django.db import migrations

from core.states import append_only

ERASED = "–"


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_training")]
    operations = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION flagdown_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF TG_OP = 'UPDATE' AND NEW.text = '{ERASED}'
                   AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '% is append-only: add a new row instead.', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation';
            END $$;
            DROP TRIGGER onboarding_decision_append_only ON onboarding_decision;
            CREATE TRIGGER onboarding_decision_append_only
                BEFORE UPDATE OR DELETE ON onboarding_decision
                FOR EACH ROW EXECUTE FUNCTION flagdown_only_erased();
            """,
            f"""
            DROP TRIGGER onboarding_decision_append_only ON onboarding_decision;
            DROP FUNCTION flagdown_only_erased();
            {append_only("onboarding_decision")[0]}
            """,
        ),
    ]
