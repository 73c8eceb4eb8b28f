from django.db import migrations


class Migration(migrations.Migration):
    """Taking the index of a foreign key away takes a unique index on that column with it: the one
    that promises one pending offer per ticket was lost."""

    dependencies = [
        ("dispatch", "0005_lean_indexes"),
    ]

    operations = [
        migrations.RunSQL(
            """CREATE UNIQUE INDEX IF NOT EXISTS one_pending_offer_per_ticket
               ON dispatch_offer (ticket_id) WHERE state = 'pending' AND NOT broadcast""",
            migrations.RunSQL.noop,
        ),
    ]
