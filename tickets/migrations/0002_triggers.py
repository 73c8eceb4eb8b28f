"""What the database itself keeps true: the log only grows, desks are part of an agent's profile."""

from django.db import migrations

from core.states import append_only


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("agents", "0002_triggers")]
    operations = [
        migrations.RunSQL(*append_only("tickets_ticketlog")),
        migrations.RunSQL(
            """CREATE TRIGGER tickets_desk_agents_new_version AFTER INSERT OR UPDATE OR DELETE
               ON tickets_desk_agents FOR EACH ROW EXECUTE FUNCTION flagdown_new_profile_version();""",
            "DROP TRIGGER IF EXISTS tickets_desk_agents_new_version ON tickets_desk_agents;",
        ),
        migrations.RunSQL(
            "ALTER TABLE tickets_ticket SET (fillfactor = 80);",
            "ALTER TABLE tickets_ticket RESET (fillfactor);",
        ),
    ]
