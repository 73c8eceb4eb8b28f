"""Which ladder a step belongs to: a ticket that changes its queue climbs that queue's.

Nothing was written to the table before: the column needs no value for old rows.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_engine"), ("tickets", "0003_engine")]
    operations = [
        migrations.RemoveConstraint(model_name="climb", name="a_step_opens_once_per_ticket"),
        migrations.AddField(
            model_name="climb",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tickets.queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="climb",
            constraint=models.UniqueConstraint(
                fields=("ticket", "queue", "step"), name="a_step_opens_once_per_ticket"
            ),
        ),
    ]
