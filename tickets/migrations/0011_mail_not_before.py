"""Mails that could not be sent are put off in the database, each for itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0010_catalogue_version")]
    operations = [
        migrations.AddField(
            model_name="ticket",
            name="mail_not_before",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
