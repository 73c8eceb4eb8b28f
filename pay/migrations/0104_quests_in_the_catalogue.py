"""The catalogue's version tells processes whether a quest may be running: most of the time none is."""

from django.db import migrations

FORWARDS = """
    CREATE TRIGGER pay_quest_new_catalogue AFTER INSERT OR UPDATE OR DELETE ON pay_quest
        FOR EACH STATEMENT EXECUTE FUNCTION flagdown_new_catalogue();
"""
BACKWARDS = "DROP TRIGGER pay_quest_new_catalogue ON pay_quest;"


class Migration(migrations.Migration):
    dependencies = [("pay", "0103_earners_quests_tips")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
