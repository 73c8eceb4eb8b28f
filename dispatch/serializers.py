"""What the dispatch API gives. queries.py builds these shapes."""

from typing import Any

from rest_framework import serializers

from agents.states import PRESENCE
from core.api import Strict, Text
from dispatch.states import OFFER
from pay.serializers import Money
from tickets.serializers import AgentTicket, Wrapping


class Decline(Strict):
    """Why, if the agent wants to say."""

    reason = Text(required=False, allow_blank=True, max_length=80)


class PushAnswer(Strict):
    """What a phone says of a push that it got."""

    token = Text(max_length=400, help_text="As the push carried it")
    answer = serializers.ChoiceField(choices=["shown", "accept", "decline"])


class PushAnswered(serializers.Serializer[Any]):
    """How the offer of the push stands; empty when it was about none."""

    state = serializers.CharField()
    ticket = serializers.UUIDField(allow_null=True, help_text="Hers now")
    expires_at = serializers.DateTimeField(allow_null=True)
    server_time = serializers.DateTimeField()


class QuoteLine(serializers.Serializer[Any]):
    """A part of what a conversation pays."""

    label = serializers.CharField(  # type: ignore[assignment]
        help_text="base, time, night, hot, language, reply, ladder, minimum"
    )
    amount = Money()
    quantity = serializers.CharField(allow_null=True, help_text="Minutes, percent, times; a share")
    rate = serializers.CharField(allow_null=True, help_text="What one of it pays")


class QuoteOut(serializers.Serializer[Any]):
    """What a conversation comes to if it takes as long as expected."""

    expected = Money()
    lines = QuoteLine(many=True)
    tariff = serializers.IntegerField()


class OfferOut(serializers.Serializer[Any]):
    """An offer as its agent sees it."""

    id = serializers.UUIDField()
    ticket = serializers.UUIDField()
    state = serializers.ChoiceField(choices=OFFER.choices())
    topic = serializers.CharField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    waited_s = serializers.IntegerField(
        help_text="How long the customer had waited when it was made"
    )
    expected_minutes = serializers.IntegerField()
    pay = Money(allow_null=True, help_text="Guaranteed, whatever becomes of it")
    quote = QuoteOut(allow_null=True)
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    timeout_s = serializers.IntegerField(
        help_text="Seconds to answer, from when the phone has drawn it"
    )
    broadcast = serializers.BooleanField(help_text="Offered to several; the first to accept wins")
    slots = serializers.IntegerField(help_text="How many of the agent's slots it takes")
    pay_multiplier = serializers.CharField(help_text="Against the usual pay, as in 1.50")
    step = serializers.IntegerField(help_text="Steps of the queue's ladder that are open for it")


class Today(serializers.Serializer[Any]):
    """What the agent did since midnight UTC."""

    conversations = serializers.IntegerField()
    minutes = serializers.FloatField()
    rating = serializers.FloatField(allow_null=True)
    earned = Money(many=True, help_text="Since midnight in her own time zone, by currency")


class CallInOut(serializers.Serializer[Any]):
    """A waiting ticket that an agent who is off duty is asked to come for."""

    id = serializers.IntegerField()
    ticket = serializers.UUIDField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    pay_multiplier = serializers.CharField(help_text="Against the usual pay, as in 1.50")
    at = serializers.DateTimeField(help_text="When she was asked")


class Me(serializers.Serializer[Any]):
    """An agent's whole state."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    presence = serializers.ChoiceField(choices=PRESENCE.choices())
    reason = serializers.CharField(allow_blank=True)
    capacity = serializers.IntegerField()
    load = serializers.IntegerField(
        help_text="Slots taken; above the capacity while a customer of an idle conversation is back"
    )
    auto_accept = serializers.BooleanField(
        help_text="Offers become hers as soon as her phone has drawn them"
    )
    suspended = serializers.BooleanField(help_text="By a person, for reasons: /agent/suspension/")
    missed = serializers.IntegerField(help_text="Offers in a row that ran out on her")
    offers = OfferOut(many=True)
    tickets = AgentTicket(many=True)
    wrapping = Wrapping(many=True)
    call_ins = CallInOut(many=True)
    today = Today()
    server_time = serializers.DateTimeField()
    socket = serializers.CharField()


class BoardTicket(AgentTicket):
    """A waiting ticket on the board."""

    waited_s = serializers.IntegerField()
    expected_minutes = serializers.IntegerField()
    step = serializers.IntegerField(help_text="Steps of the queue's ladder that are open for it")
    pay = Money(allow_null=True, help_text="Guaranteed, whatever becomes of it")
    quote = QuoteOut(allow_null=True)


class Board(serializers.Serializer[Any]):
    """Waiting tickets that fit the agent, the longest waiting first."""

    tickets = BoardTicket(many=True)


class Decision(serializers.Serializer[Any]):
    """Who got a conversation, as one agent may know it, and why."""

    ticket = serializers.UUIDField()
    topic_name = serializers.CharField()
    language = serializers.CharField()
    at = serializers.DateTimeField(help_text="When it was decided; now, while it waits")
    outcome = serializers.ChoiceField(choices=["you", "other", "waiting"])
    sentences = serializers.ListField(child=serializers.CharField())


class Decisions(serializers.Serializer[Any]):
    """The last decisions, the newest first."""

    decisions = Decision(many=True)
