from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0008_one_open_ticket"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="tickets_that_owe_an_answer"),
        migrations.RemoveIndex(model_name="ticket", name="active_tickets_by_message"),
    ]
