from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0004_nudged_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="idle_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="idle since"),
        ),
    ]
