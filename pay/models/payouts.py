"""Payouts: where an agent wants her money, what she asked for, and the files it left in."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.states import TransitionLog
from pay import states

BANK, STRIPE = "bank", "stripe"


class Destination(models.Model):
    """Where an agent is paid to. A change is a new row: a payout keeps the one it was asked for with.

    `sealed` is the IBAN or the Stripe account, encrypted (`pay.sealing`); people see `tail` only.
    """

    KINDS = [(BANK, _("bank account")), (STRIPE, "Stripe")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="destinations")
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    holder = models.CharField(_("account holder"), max_length=70)
    sealed = models.TextField(editable=False)
    bic = models.CharField("BIC", max_length=11, blank=True)
    tail = models.CharField(_("last four"), max_length=4)
    created_at = models.DateTimeField(_("since"), db_default=Now())
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout destination")
        verbose_name_plural = _("payout destinations")
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(replaced_at__isnull=True),
                name="one_destination_per_agent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} …{self.tail}"


class Batch(models.Model):
    """A file of payouts for the bank, kept (encrypted) as it was: sent twice it is the same file."""

    KINDS = [("sepa", "SEPA pain.001"), ("csv", "CSV")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total"))
    count = models.PositiveIntegerField(_("payouts"))
    sealed = models.TextField(editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("payout file")
        verbose_name_plural = _("payout files")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.id)[:8]}"


class Payout(models.Model):
    """An amount that an agent gets out. Its transactions are `payout:ID`, `paid:ID` and `back:ID`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.UUIDField(editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="payouts")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="payouts")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"))
    state = models.CharField(
        _("state"), max_length=16, choices=states.PAYOUT.choices(), default=states.REQUESTED
    )
    weekly = models.BooleanField(_("weekly"), default=False)
    # Who asked for it: the agent's log-in; null for the weekly run.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Why it is held, or came back.
    note = models.CharField(_("note"), max_length=400, blank=True, db_default="")
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="payouts"
    )
    external_id = models.CharField(_("id at Stripe"), max_length=80, blank=True, db_default="")
    requested_at = models.DateTimeField(_("requested"), db_default=Now())
    settled_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(fields=["agent", "client_id"], name="one_payout_per_client_id"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payout_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=states.PAYOUT.states), name="payout_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "sent", "paid"]) | Q(approved_by__isnull=False),
                name="nothing_leaves_unapproved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(approved_by=models.F("requested_by")),
                name="approved_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-requested_at"], name="payouts_of_agent"),
            models.Index(
                fields=["requested_at"],
                condition=Q(state__in=states.UNDER_WAY),
                name="payouts_under_way",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]


class PayoutLog(TransitionLog):
    """Every move of a payout, for ever."""

    of = models.ForeignKey(Payout, on_delete=models.CASCADE, related_name="log", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["of", "at"], name="payout_log_by_payout")]


Payout.Log = PayoutLog  # type: ignore[attr-defined]
