"""What the agent API takes and gives about the agent herself."""

from typing import Any

from rest_framework import serializers

from agents.states import PRESENCE
from core.api import Strict, Text


class LogIn(Strict):
    """Credentials of a native client."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    otp = Text(
        required=False,
        allow_blank=True,
        max_length=10,
        help_text="For accounts with a second factor",
    )


class TokenOut(serializers.Serializer[Any]):
    """A bearer token and where to listen."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    socket = serializers.CharField()


class PresenceIn(Strict):
    """What the agent chooses."""

    presence = serializers.ChoiceField(choices=PRESENCE.choices())
    reason = Text(required=False, allow_blank=True, max_length=80)


class PushKeys(Strict):
    """A browser's keys, as `PushSubscription.toJSON()` gives them."""

    p256dh = Text(max_length=100)
    auth = Text(max_length=40)


class PushIn(Strict):
    """A browser that can be woken."""

    endpoint = serializers.URLField(max_length=1000)
    keys = PushKeys()
    device = Text(
        required=False, allow_blank=True, max_length=80, help_text="What she would call it"
    )


class PushSubscriptionOut(serializers.Serializer[Any]):
    """One of her browsers."""

    id = serializers.UUIDField()
    device = serializers.CharField()
    created_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class PushOut(serializers.Serializer[Any]):
    """Whether pushes are possible here, and to which of her browsers."""

    key = serializers.CharField(help_text="To subscribe with; empty: nothing can be pushed here")
    subscriptions = PushSubscriptionOut(many=True)


class Settings(Strict):
    """What an agent sets for herself."""

    auto_accept = serializers.BooleanField(
        help_text="Offers become hers as soon as her phone has drawn them"
    )


class PresenceOut(serializers.Serializer[Any]):
    """What is true now."""

    presence = serializers.ChoiceField(choices=PRESENCE.choices())
    reason = serializers.CharField(allow_blank=True)
    capacity = serializers.IntegerField()
    load = serializers.IntegerField()
