"""The payouts' log only grows."""

from django.db import migrations

from core.states import append_only


class Migration(migrations.Migration):
    dependencies = [("pay", "0003_payouts")]
    operations = [
        migrations.RunSQL(*append_only("pay_payoutlog")),
        migrations.RunSQL(
            """CREATE TRIGGER pay_payoutlog_not_emptied BEFORE TRUNCATE ON pay_payoutlog
               FOR EACH STATEMENT EXECUTE FUNCTION flagdown_append_only();""",
            "DROP TRIGGER IF EXISTS pay_payoutlog_not_emptied ON pay_payoutlog;",
        ),
    ]
