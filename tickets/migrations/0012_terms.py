"""What was promised for a conversation, and how long nobody was engaged in it: with the agent's time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_mail_not_before")]
    operations = [
        migrations.AddField(
            model_name="assignment",
            name="terms",
            field=models.TextField(blank=True, db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="assignment",
            name="idle_s",
            field=models.FloatField(default=0, db_default=0, editable=False),
        ),
    ]
