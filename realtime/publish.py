"""Sending events: after the commit, and all of one action's events in one round trip.

This writes the pub/sub channel layer's own format with a plain Redis client. `group_send` from
synchronous code would start an event loop and a connection for each event; here ten events are
one pipelined call (docs/adr/0004-publishing.md). A test holds the format against the layer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction
from redis.exceptions import ResponseError

from core import redis as hints
from realtime.events import Event, Rendered

Addressed = tuple[str, Event | Rendered]

# From so many events on one script sends them: a command for each costs both sides more than it says.
MANY = 16
# Events of one script, so that nobody else waits for Redis for longer than a millisecond.
AT_ONCE = 250
SCRIPT = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end"


@dataclass
class _Pending:
    """What a transaction will send when it commits: one round trip for all of it."""

    events: list[Addressed]

    def __call__(self) -> None:
        send_now(self.events)


def publish(*events: Addressed) -> None:
    """Send `(group, event)` pairs once the transaction has committed; at once outside of one.

    Never raises for an absent Redis: the receivers find what they missed by their next fetch.
    """
    if not events:
        return
    if connection.in_atomic_block:
        # With what the same transaction has published before, if the same savepoints decide on it.
        here = set(connection.savepoint_ids)
        waiting: list[Any] = connection.run_on_commit
        for savepoints, call, _robust in waiting:
            if isinstance(call, _Pending) and savepoints == here:
                call.events += events
                return
    transaction.on_commit(_Pending(list(events)))


def send_now(events: Iterable[Addressed]) -> None:
    """Send now, pipelined."""
    frames = [
        (channel(group), _serialize({"type": "event", "frame": event.frame()}))
        for group, event in events
    ]
    _send(frames)


def close_sockets(group: str, code: int, *, only: str = "", but: str = "") -> None:
    """Close every socket of a principal, on commit: her right to read has ended.

    `only` and `but` are what sockets know as their `opener`: those alone, or all the others.
    """
    said = {"type": "closing", "code": code, "only": only, "but": but}
    frame = (channel(group), _serialize(said))
    transaction.on_commit(lambda: _send([frame]))


def ask_for_heartbeat(group: str) -> None:
    """Ask the principal's other sockets to say that they are still there."""
    _send([(channel(group), _serialize({"type": "recheck"}))])


def channel(group: str) -> str:
    """The Redis channel of a group, as the pub/sub layer names it."""
    return f"{settings.CHANNEL_PREFIX}__group__{group}"


def _send(frames: list[tuple[str, bytes]]) -> None:
    if not frames:
        return

    def pipelined(client: Any) -> bool:
        pipe = client.pipeline(transaction=False)
        if len(frames) < MANY or not _scripted(client, frames):
            for name, payload in frames:
                pipe.publish(name, payload)
            pipe.execute()
        return True

    hints.attempt(pipelined)


def _scripted(client: Any, frames: list[tuple[str, bytes]]) -> bool:
    """Send by scripts; False when this server does not let us run them."""
    try:
        for at in range(0, len(frames), AT_ONCE):
            client.execute_command(
                "EVAL", SCRIPT, 0, *chain.from_iterable(frames[at : at + AT_ONCE])
            )
    except ResponseError:
        return False
    return True


@lru_cache(maxsize=1)
def _serializer() -> Any:
    return get_channel_layer()


def _serialize(message: dict[str, Any]) -> bytes:
    payload: bytes = _serializer().serialize(message)
    return payload
