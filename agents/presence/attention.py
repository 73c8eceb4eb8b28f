"""Whether an agent answers her offers: who misses several in a row is away, whatever her phone says."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from agents import states
from agents.models import Presence
from core import sql
from core.states import NOW, move
from realtime import groups
from realtime.events import PresenceChanged
from realtime.publish import publish


def answered(agent_id: UUID) -> None:
    """She has decided about an offer: what she missed before no longer counts."""
    with sql.cursor() as cursor:
        cursor.execute(
            "UPDATE agents_presence SET missed = 0 WHERE agent_id = %s AND missed > 0", [agent_id]
        )


def missed(agent_ids: Sequence[UUID]) -> list[UUID]:
    """Offers ran out on these agents, each named once per offer. Inside the caller's transaction.

    Who has missed MISSED_BEFORE_PAUSE in a row is paused; returns those. Their conversations stay
    theirs. The caller withdraws what else they are offered once this is committed.
    """
    if not agent_ids:
        return []
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH ran_out AS (
                   SELECT id, count(*)::int AS n FROM unnest(%s::uuid[]) AS r(id) GROUP BY id
               ), held AS (
                   SELECT p.agent_id, ran_out.n FROM agents_presence p
                   JOIN ran_out ON ran_out.id = p.agent_id ORDER BY p.agent_id FOR UPDATE OF p
               )
               UPDATE agents_presence p SET missed = p.missed + held.n
               FROM held WHERE p.agent_id = held.agent_id
               RETURNING p.agent_id, p.missed""",
            [list(agent_ids)],
        )
        inattentive = [
            agent_id for agent_id, n in cursor.fetchall() if n >= settings.MISSED_BEFORE_PAUSE
        ]
    if not inattentive:
        return []
    moved = move(
        Presence,
        states.PRESENCE,
        inattentive,
        states.PAUSED,
        by="system",
        reason=states.MISSED,
        values={"reason": states.MISSED, "since": NOW, "was": ""},
        sources=[states.ONLINE],
    )
    away = [row.id for row in moved]
    publish(*((groups.agent(i), PresenceChanged(states.PAUSED, states.MISSED)) for i in away))
    return away


def unreached(agent_ids: Sequence[UUID]) -> None:
    """No phone of these agents drew what they were offered: nobody asks them until they are heard.

    By a heartbeat, a new line or a call. A phone that is on says so within a heartbeat's time.
    """
    if not agent_ids:
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH held AS (
                   SELECT agent_id FROM agents_presence WHERE agent_id = ANY(%s)
                   ORDER BY agent_id FOR UPDATE
               )
               UPDATE agents_presence p SET unreached_at = clock_timestamp()
               FROM held WHERE p.agent_id = held.agent_id""",
            [list(agent_ids)],
        )


def set_auto_accept(agent_id: UUID, auto_accept: bool) -> None:
    """Whether offers become hers as soon as her phone has drawn them. Those that ring now ring on."""
    Presence.objects.filter(pk=agent_id).update(auto_accept=auto_accept)
