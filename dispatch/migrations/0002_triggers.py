"""What the database itself keeps true: the log only grows."""

from django.db import migrations

from core.states import append_only


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial")]
    operations = [migrations.RunSQL(*append_only("dispatch_offerlog"))]
