"""What an agent chooses: online, paused, finishing, offline."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agents import signals, states
from agents.models import Presence
from core.problems import Problem
from core.states import NOW, Stale, move
from realtime import groups
from realtime.events import PresenceChanged
from realtime.publish import publish


def set_presence(
    agent_id: UUID,
    to: str,
    *,
    by: str,
    reason: str = "",
    along: Callable[[], None] | None = None,
) -> Presence:
    """The agent (or a supervisor) chooses. Choosing what already is changes only the reason.

    `along` is done in the same transaction. Raises Stale when the move is not legal from where she is,
    Problem 403 for who is suspended and does not choose to be offline.
    """
    try:
        return _set(agent_id, to, by=by, reason=reason, along=along)
    except IntegrityError as refused:
        if "suspended_stay_offline" not in str(refused):
            raise
        raise Problem(
            403,
            "suspended",
            _("You are suspended. Who decided it, why, and how to appeal: /agent/suspension/."),
        ) from None


def _set(
    agent_id: UUID, to: str, *, by: str, reason: str, along: Callable[[], None] | None
) -> Presence:
    values: dict[str, Any] = {
        "reason": reason[:80],
        "since": NOW,
        "was": "",
        "last_seen_at": NOW,
        "disconnected_at": None,
    }
    if to == states.ONLINE:
        values |= {"idle_since": NOW, "missed": 0}
    with transaction.atomic():
        if along:
            along()
        moved = move(Presence, states.PRESENCE, [agent_id], to, by=by, reason=reason, values=values)
        presence = Presence.objects.select_for_update().get(pk=agent_id)
        if not moved and presence.state != to:
            raise Stale(presence.state)
        if not moved:
            Presence.objects.filter(pk=agent_id).update(reason=reason[:80], was="")
        else:
            publish((groups.agent(agent_id), PresenceChanged(to, reason)))
        if to == states.FINISHING and presence.load == 0:
            signals.agent_unloaded.send(Presence, agent_ids=[agent_id])
    # Outside: what follows locks tickets and offers, and those come before presences.
    if moved and to == states.ONLINE:
        signals.agent_available.send(Presence, came=[agent_id])
    elif moved or to == states.OFFLINE:
        # Also for who was lost and now says that she has gone: no grace for her conversations.
        signals.agent_gone.send(Presence, agent_ids=[agent_id], lost=False, to=to)
    presence.refresh_from_db()
    return presence


def finish(agent_ids: Sequence[UUID]) -> None:
    """The last conversation of these finishing agents has ended: they go offline."""
    moved = move(
        Presence,
        states.PRESENCE,
        agent_ids,
        states.OFFLINE,
        by="system",
        reason=states.FINISHED,
        values={"reason": states.FINISHED, "since": NOW, "was": ""},
        sources=[states.FINISHING],
    )
    publish(
        *((groups.agent(row.id), PresenceChanged(states.OFFLINE, states.FINISHED)) for row in moved)
    )
