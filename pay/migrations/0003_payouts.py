"""Destinations, payouts and their log, files for the bank."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0006_board_index"),
        ("pay", "0002_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("sepa", "SEPA pain.001"), ("csv", "CSV")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("total", models.BigIntegerField(verbose_name="total")),
                ("count", models.PositiveIntegerField(verbose_name="payouts")),
                ("sealed", models.TextField(editable=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="made"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "payout file",
                "verbose_name_plural": "payout files",
            },
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("bank", "bank account"), ("stripe", "Stripe")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("holder", models.CharField(max_length=70, verbose_name="account holder")),
                ("sealed", models.TextField(editable=False)),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                ("tail", models.CharField(max_length=4, verbose_name="last four")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="since"
                    ),
                ),
                (
                    "replaced_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="replaced"),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="destinations",
                        to="agents.agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "payout destination",
                "verbose_name_plural": "payout destinations",
            },
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("client_id", models.UUIDField(editable=False)),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("held", "held"),
                            ("approved", "approved"),
                            ("sent", "sent"),
                            ("paid", "paid"),
                            ("returned", "returned"),
                            ("cancelled", "cancelled"),
                        ],
                        default="requested",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("weekly", models.BooleanField(default=False, verbose_name="weekly")),
                (
                    "note",
                    models.CharField(
                        blank=True, db_default="", max_length=400, verbose_name="note"
                    ),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True, db_default="", max_length=80, verbose_name="id at Stripe"
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="requested",
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="paid")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="agents.agent",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="pay.batch",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="pay.destination",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "payout",
                "verbose_name_plural": "payouts",
            },
        ),
        migrations.CreateModel(
            name="PayoutLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("was", models.CharField(max_length=16)),
                ("now", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=80)),
                (
                    "of",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="pay.payout",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="destination",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)),
                fields=("agent",),
                name="one_destination_per_agent",
            ),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(fields=["agent", "-requested_at"], name="payouts_of_agent"),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("state__in", ("requested", "held", "approved", "sent"))),
                fields=["requested_at"],
                name="payouts_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(
                fields=("agent", "client_id"), name="one_payout_per_client_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="a_payout_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ("requested", "held", "approved", "sent", "paid", "returned", "cancelled"),
                    )
                ),
                name="payout_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "sent", "paid"]), _negated=True),
                    ("approved_by__isnull", False),
                    _connector="OR",
                ),
                name="nothing_leaves_unapproved",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    ("requested_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="approved_by_a_second_person",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutlog",
            index=models.Index(fields=["of", "at"], name="payout_log_by_payout"),
        ),
    ]
