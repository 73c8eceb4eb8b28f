"""The few tickets whose customers left an address are found without looking at the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_lean_indexes")]
    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("later_email__gt", "")),
                fields=["id"],
                name="tickets_to_answer_later",
            ),
        ),
    ]
