"""Who is silent is offline, keeps what she had for a while, and comes back to it."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents import signals, states
from agents.models import Presence
from core import sql
from core.states import NOW, SQL, move
from realtime import groups
from realtime.events import PresenceChanged
from realtime.publish import publish

# Who is silent: for PRESENCE_TTL_S; whom a push reaches, for PUSH_REACH_S, unless one did not.
SILENT = f"""
    coalesce({{0}}.last_seen_at, {{0}}.since) < clock_timestamp() - make_interval(secs => CASE
        WHEN {{0}}.pushes AND ({{0}}.unreached_at IS NULL OR {{0}}.last_seen_at > {{0}}.unreached_at)
        THEN {settings.PUSH_REACH_S} ELSE %s END)
"""


def sweep() -> list[UUID]:
    """Set to offline whoever has been silent for too long; return them."""
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT agent_id FROM agents_presence p WHERE state <> 'offline'
               AND {SILENT.format("p")}""",
            [settings.PRESENCE_TTL_S],
        )
        silent = [row[0] for row in cursor.fetchall()]
        if not silent:
            return []
        moved = move(
            Presence,
            states.PRESENCE,
            silent,
            states.OFFLINE,
            by="system",
            reason=states.LOST,
            values={
                "reason": states.LOST,
                "since": NOW,
                "was": SQL("old.state"),
            },
            only_if=SILENT.format("r"),
            params=[settings.PRESENCE_TTL_S],
        )
        lost = [row.id for row in moved]
        publish(*((groups.agent(i), PresenceChanged(states.OFFLINE, states.LOST)) for i in lost))
    if lost:
        signals.agent_gone.send(Presence, agent_ids=lost, lost=True, to=states.OFFLINE)
    return lost


def forget_lost(after_s: float) -> int:
    """Who stays away for longer than `after_s` starts anew: opening the app tomorrow must not put her
    online. Returns how many were forgotten."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET was = '' WHERE state = 'offline' AND was <> ''
               AND last_seen_at < clock_timestamp() - make_interval(secs => %s)""",
            [after_s],
        )
        return cursor.rowcount


def come_back(agent_ids: Sequence[UUID]) -> None:
    """Lost agents are here again: restore what they had chosen."""
    for was in (states.ONLINE, states.PAUSED, states.FINISHING):
        moved = move(
            Presence,
            states.PRESENCE,
            agent_ids,
            was,
            by="system",
            reason="back",
            values={"reason": "", "since": NOW, "was": ""},
            only_if="r.was = %s",
            params=[was],
            sources=[states.OFFLINE],
        )
        publish(*((groups.agent(row.id), PresenceChanged(was, "back")) for row in moved))
        if moved and was == states.ONLINE:
            signals.agent_available.send(Presence)
        if moved and was == states.FINISHING:
            # What she wanted to finish may have gone to others meanwhile.
            unloaded = Presence.objects.filter(pk__in=[row.id for row in moved], load=0)
            signals.agent_unloaded.send(
                Presence, agent_ids=list(unloaded.values_list("pk", flat=True))
            )
