"""A lost agent comes back to what she was, but not tomorrow."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from agents import presence
from agents.models import Presence
from tests.factories import World, make_desk

pytestmark = pytest.mark.django_db


def lose(agent_id: object, ago_s: float) -> None:
    """Her heartbeat stopped that long ago, and the sweep saw it."""
    Presence.objects.filter(pk=agent_id).update(
        last_seen_at=F("last_seen_at") - timedelta(seconds=ago_s)
    )
    presence.sweep()


def test_within_the_grace_time_she_is_online_again_at_once() -> None:
    alice = World(make_desk()).agent("Alice", online=True)
    lose(alice.pk, settings.PRESENCE_TTL_S + 1)
    assert Presence.objects.get(pk=alice.pk).state == "offline"
    presence.forget_lost(settings.CONVERSATION_GRACE_S)
    presence.connect(alice.pk)
    assert Presence.objects.get(pk=alice.pk).state == "online"


def test_after_the_grace_time_opening_the_app_does_not_put_her_online() -> None:
    alice = World(make_desk()).agent("Alice", online=True)
    lose(alice.pk, settings.CONVERSATION_GRACE_S + 1)
    assert presence.forget_lost(settings.CONVERSATION_GRACE_S) == 1
    presence.connect(alice.pk)
    assert Presence.objects.get(pk=alice.pk).state == "offline"
