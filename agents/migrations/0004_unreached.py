"""When an agent's phone last failed to draw an offer: she is asked again once she is heard."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0003_engine")]
    operations = [
        migrations.AddField(
            model_name="presence",
            name="unreached_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
