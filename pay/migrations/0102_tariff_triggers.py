"""A tariff that has begun may have been promised: it is never edited. And a change of any is news.

What is written in the transaction that makes a tariff may still be written; an end in the future
may be set later. The catalogue's version tells processes to read tariffs anew.
"""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION flagdown_tariff_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.starts_at > clock_timestamp() OR OLD.created_at >= now() THEN
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'ends_at' = to_jsonb(NEW) - 'ends_at'
            AND (OLD.ends_at IS NULL OR OLD.ends_at > clock_timestamp())
            AND NEW.ends_at > clock_timestamp() THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'Tariff % has begun and is never edited: add a new version.', OLD.id
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER pay_tariff_for_ever BEFORE UPDATE OR DELETE ON pay_tariff
        FOR EACH ROW EXECUTE FUNCTION flagdown_tariff_for_ever();

    CREATE FUNCTION flagdown_bonus_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        of_tariff bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.tariff_id ELSE OLD.tariff_id END;
    BEGIN
        IF EXISTS (SELECT FROM pay_tariff t WHERE t.id = of_tariff
                   AND t.starts_at <= clock_timestamp() AND t.created_at < now()) THEN
            RAISE EXCEPTION 'Tariff % has begun and is never edited: add a new version.', of_tariff
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
    CREATE TRIGGER pay_tariffbonus_for_ever BEFORE INSERT OR UPDATE OR DELETE ON pay_tariffbonus
        FOR EACH ROW EXECUTE FUNCTION flagdown_bonus_for_ever();

    CREATE TRIGGER pay_tariff_new_catalogue AFTER INSERT OR UPDATE OR DELETE ON pay_tariff
        FOR EACH STATEMENT EXECUTE FUNCTION flagdown_new_catalogue();
    CREATE TRIGGER pay_tariffbonus_new_catalogue AFTER INSERT OR UPDATE OR DELETE ON pay_tariffbonus
        FOR EACH STATEMENT EXECUTE FUNCTION flagdown_new_catalogue();
"""
BACKWARDS = """
    DROP TRIGGER pay_tariffbonus_new_catalogue ON pay_tariffbonus;
    DROP TRIGGER pay_tariff_new_catalogue ON pay_tariff;
    DROP TRIGGER pay_tariffbonus_for_ever ON pay_tariffbonus;
    DROP TRIGGER pay_tariff_for_ever ON pay_tariff;
    DROP FUNCTION flagdown_bonus_for_ever();
    DROP FUNCTION flagdown_tariff_for_ever();
"""


class Migration(migrations.Migration):
    dependencies = [("pay", "0101_tariffs"), ("tickets", "0012_terms")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
