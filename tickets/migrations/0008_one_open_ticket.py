from django.db import migrations


class Migration(migrations.Migration):
    """Taking the index of a foreign key away takes a unique index on that column with it: the one
    that promises a customer one open ticket was lost in 0006."""

    dependencies = [
        ("tickets", "0007_answer_later"),
    ]

    operations = [
        migrations.RunSQL(
            """CREATE UNIQUE INDEX IF NOT EXISTS one_open_ticket_per_customer
               ON tickets_ticket (customer_id) WHERE state IN ('assistant', 'waiting', 'active')""",
            migrations.RunSQL.noop,
        ),
    ]
