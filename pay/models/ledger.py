"""The ledger: accounts, transactions, their entries, and what explains an earning.

Double entry. An entry is seen from its account: a positive amount came to it (a credit), a negative
one left it (a debit). What the house owes an agent is the sum of the entries of her account. All
rows but the cached balances are for ever: triggers refuse UPDATE, DELETE and TRUNCATE, and a
deferred constraint trigger refuses a transaction that does not sum to zero (migration 0002).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from tickets.models import Ticket

# The kinds of account. AGENT is one per agent and currency, the others one per currency.
AGENT = "agent"
EARNINGS, FLOOR, QUESTS, TIPS = "earnings", "floor", "quests", "tips"
ADJUSTMENTS, CLEARING, BANK, FEES = "adjustments", "clearing", "bank", "fees"
ACCOUNT_KINDS = [
    (AGENT, _("owed to an agent")),
    (EARNINGS, _("pay for conversations")),
    (FLOOR, _("pay up to the floor")),
    (QUESTS, _("quests and bonuses")),
    (TIPS, _("tips from customers")),
    (ADJUSTMENTS, _("adjustments")),
    (CLEARING, _("payouts on their way")),
    (BANK, _("bank")),
    (FEES, _("bank fees")),
]

# The kinds of transaction. Who adds one adds its name here.
CONVERSATION, WAITING, FLOOR_TOP_UP, QUEST, TIP = "conversation", "waiting", "floor", "quest", "tip"
ADJUSTMENT, REVERSAL = "adjustment", "reversal"
PAYOUT, PAID, PAYOUT_BACK = "payout", "paid", "payout-back"
TRANSACTION_KINDS = [
    (CONVERSATION, _("conversation")),
    (WAITING, _("paid waiting")),
    (FLOOR_TOP_UP, _("up to the floor")),
    (QUEST, _("quest")),
    (TIP, _("tip")),
    (ADJUSTMENT, _("adjustment")),
    (REVERSAL, _("reversal")),
    (PAYOUT, _("payout")),
    (PAID, _("payout sent")),
    (PAYOUT_BACK, _("payout came back")),
]
# Booked by the payout's own moves, and undone only by them.
OF_PAYOUTS = (PAYOUT, PAID, PAYOUT_BACK)


class Account(models.Model):
    """Where money is. The id follows from kind, currency and agent (`pay.accounts.id_of`)."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=ACCOUNT_KINDS)
    currency = models.CharField(_("currency"), max_length=3)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    opened_at = models.DateTimeField(_("opened"), db_default=Now())

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "currency", "agent"],
                nulls_distinct=False,
                name="one_account_per_kind_currency_and_agent",
            ),
            models.CheckConstraint(
                condition=Q(kind=AGENT, agent__isnull=False)
                | (~Q(kind=AGENT) & Q(agent__isnull=True)),
                name="an_agents_account_has_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency_three_letters"
            ),
        ]

    def __str__(self) -> str:
        who = f" {self.agent}" if self.agent_id else ""
        return f"{self.get_kind_display()}{who} {self.currency}"


class Transaction(models.Model):
    """One event that moved money, in one currency. `key` makes it happen once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=TRANSACTION_KINDS)
    key = models.CharField(_("key"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transactions",
        db_index=False,
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transactions",
        db_index=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=400, blank=True, db_default="")
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
    )
    # How many entries it has: one that comes later is refused by the database.
    legs = models.PositiveSmallIntegerField(_("entries"))
    # Of all that was asked for: the same key with something else is an error, not a repeat.
    digest = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.CheckConstraint(condition=Q(legs__gte=2), name="a_transaction_has_two_sides"),
        ]
        indexes = [
            models.Index(fields=["agent", "at"], name="transactions_of_agent"),
            models.Index(fields=["-at"], name="transactions_newest_first"),
            models.Index(
                fields=["ticket"], condition=Q(ticket__isnull=False), name="transactions_of_ticket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.id)[:8]}"


class Entry(models.Model):
    """What one account got (+) or gave (−), in minor units.

    Neither is a foreign key of the database. The account's would lock the house's few accounts with
    each posting. The triggers that count and sum the entries look whether both are there, in one
    query for all of a statement's entries, and neither of them ever goes.
    """

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_constraint=False
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="entries",
        db_constraint=False,
        db_index=False,
    )
    amount = models.BigIntegerField(_("amount"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="an_entry_moves_something")
        ]
        indexes = [models.Index(fields=["account", "at"], name="entries_of_account")]

    def __str__(self) -> str:
        return str(self.amount)


class Line(models.Model):
    """Why a transaction is as large as it is: `quantity` × `rate` = `amount`, with a label.

    `label` is a stable English text that is translated where it is shown. `amount` is in minor
    units; `quantity` and `rate` (in the currency's main unit) are null where there is none.
    """

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="lines")
    label = models.CharField(_("label"), max_length=120)
    quantity = models.DecimalField(
        _("quantity"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    rate = models.DecimalField(_("rate"), max_digits=16, decimal_places=6, null=True, blank=True)
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")

    def __str__(self) -> str:
        return self.label


class Balance(models.Model):
    """The sum of an account's entries, kept by the statement that writes them (`pay.actions.posting`).

    An agent's account has one row. A house account is written by every posting: it is spread over
    shards, so that two resolutions at once don't wait for one row. Its balance is their sum.
    """

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="balances",
        db_constraint=False,
        db_index=False,
    )
    shard = models.PositiveSmallIntegerField(default=0)
    amount = models.BigIntegerField(_("balance"))
    entries = models.BigIntegerField(_("entries"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(fields=["account", "shard"], name="one_balance_per_shard")
        ]

    def __str__(self) -> str:
        return str(self.amount)
