"""Web Push: a phone whose app is in the background is woken by its browser's push service."""

from agents.push.keys import public_key
from agents.push.subscriptions import (
    confirm,
    end_of_session,
    end_of_token,
    end_of_user,
    of_agent,
    subscribe,
    unsubscribe,
)
from agents.push.words import Push

__all__ = [
    "Push",
    "confirm",
    "end_of_session",
    "end_of_token",
    "end_of_user",
    "of_agent",
    "public_key",
    "subscribe",
    "unsubscribe",
]
