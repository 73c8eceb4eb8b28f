"""Presence as data with a time-to-live: choices, lines, the absence of who is silent, and slots."""

from agents.presence.absence import forget_lost, sweep
from agents.presence.attention import answered, missed, set_auto_accept, unreached
from agents.presence.choice import finish, set_presence
from agents.presence.lines import (
    ANSWERS,
    HEARS,
    REACHABLE,
    broken_lines,
    connect,
    disconnect,
    reached,
    seen,
    touch,
)
from agents.presence.slots import (
    RECENT_HALF_S,
    free_slots,
    retake_slots,
    take_slots,
    took,
    took_by,
)

__all__ = [
    "ANSWERS",
    "HEARS",
    "REACHABLE",
    "RECENT_HALF_S",
    "answered",
    "broken_lines",
    "connect",
    "disconnect",
    "finish",
    "forget_lost",
    "free_slots",
    "missed",
    "reached",
    "retake_slots",
    "seen",
    "set_auto_accept",
    "set_presence",
    "sweep",
    "take_slots",
    "took",
    "took_by",
    "touch",
    "unreached",
]
