"""What the pay API takes and gives."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api import ClientId, Strict, Text, VisibleText
from pay.states import PAYOUT


class Money(serializers.Serializer[Any]):
    """An amount in a currency."""

    amount = serializers.CharField()
    currency = serializers.CharField()


class PayoutIn(Strict):
    """What to pay out; without an amount, all there is."""

    client_id = ClientId(required=False)
    currency = Text(max_length=3)
    amount = Text(required=False, max_length=20, help_text="As in 25.00; all there is without it")


class DestinationIn(Strict):
    """A bank account, or a Stripe account."""

    holder = VisibleText(max_length=70, help_text="The name that the account is in")
    iban = Text(required=False, max_length=60)
    bic = Text(required=False, allow_blank=True, max_length=11)
    stripe_account = Text(required=False, max_length=40, help_text="acct_…")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """One of the two. Raises ValidationError."""
        if bool(data.get("iban")) == bool(data.get("stripe_account")):
            raise serializers.ValidationError(
                {"iban": [_("Send either an IBAN or a Stripe account.")]}
            )
        return data


class DestinationOut(serializers.Serializer[Any]):
    """Where she is paid to; never the whole number."""

    kind = serializers.ChoiceField(choices=["bank", "stripe"])
    holder = serializers.CharField()
    last4 = serializers.CharField()


class PayoutOut(serializers.Serializer[Any]):
    """A payout as its agent sees it."""

    id = serializers.UUIDField()
    client_id = serializers.UUIDField()
    money = Money()
    state = serializers.ChoiceField(choices=PAYOUT.choices())
    weekly = serializers.BooleanField(help_text="Made by the weekly run")
    destination = DestinationOut()
    note = serializers.CharField(help_text="Why it is held, or came back", allow_blank=True)
    requested_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class Available(serializers.Serializer[Any]):
    """What she has in a currency, and from what amount on it is paid out."""

    balance = Money()
    minimum = Money()


class PayoutsOut(serializers.Serializer[Any]):
    """All about getting the money out."""

    available = Available(many=True)
    destination = DestinationOut(allow_null=True)
    stripe = serializers.BooleanField(help_text="Whether Stripe accounts are taken")
    weekday = serializers.IntegerField(help_text="Day of the weekly payouts, 1 is Monday; 0: none")
    payouts = PayoutOut(many=True)


class KindTotal(serializers.Serializer[Any]):
    """What was booked of a kind."""

    kind = serializers.CharField()
    money = Money()


class StatementMonth(serializers.Serializer[Any]):
    """A month with something booked."""

    period = serializers.CharField(help_text="As in 2026-11")
    currency = serializers.CharField()
    totals = KindTotal(many=True)


class StatementsOut(serializers.Serializer[Any]):
    """The months there are statements for, the newest first."""

    months = StatementMonth(many=True)
