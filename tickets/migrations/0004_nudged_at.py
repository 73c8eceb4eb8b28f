from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0003_engine"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="nudged_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last nudge"),
        ),
    ]
