"""Slots: how much an agent carries. Called by the rooms above, inside their own transaction."""

from collections.abc import Sequence
from uuid import UUID

from agents import signals, states
from agents.models import Presence
from core import sql

# `recent`, the count of an agent's offers lately, halves in this time.
RECENT_HALF_S = 3600.0


def take_slots(agent_id: UUID, slots: int) -> bool:
    """So many more slots of an agent who is online; False when she has not got them, or is not online."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET load = load + %(slots)s
               WHERE agent_id = %(agent)s AND load + %(slots)s <= capacity AND state = 'online'""",
            {"agent": agent_id, "slots": slots},
        )
        return cursor.rowcount == 1


def retake_slots(agent_id: UUID, slots: int) -> int:
    """So many more slots for a conversation that is hers already, whatever her state, even if full.

    What goes beyond her capacity is kept as `excess`, so that her load stays true; returns it.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE agents_presence SET load = load + %(slots)s,
                   excess = greatest(0, load + %(slots)s - capacity)
               WHERE agent_id = %(agent)s RETURNING excess""",
            {"agent": agent_id, "slots": slots},
        )
        return int(cursor.fetchone()[0])


def took_by(rows: str) -> str:
    """For each of the `rows` of a statement its agent (`agent_id`) has taken a conversation: one more,
    and she answers her offers. As common table expressions, which lock in the order of everybody."""
    return f"""took_held AS (
            SELECT p.agent_id, g.n FROM agents_presence p
            JOIN (SELECT agent_id, count(*)::int AS n FROM {rows} GROUP BY agent_id) g
                ON g.agent_id = p.agent_id
            ORDER BY p.agent_id FOR UPDATE OF p
        ), took AS (
            UPDATE agents_presence p SET taken = p.taken + h.n, missed = 0
            FROM took_held h WHERE p.agent_id = h.agent_id
        )"""


def took(agent_id: UUID) -> None:
    """The agent has taken a conversation: one more, and she answers her offers."""
    with sql.cursor() as cursor:
        cursor.execute(
            "UPDATE agents_presence SET taken = taken + 1, missed = 0 WHERE agent_id = %s",
            [agent_id],
        )


def free_slots(held: Sequence[tuple[UUID, int]]) -> None:
    """Give slots back, per (agent, slots); one agent may be named several times, and 0 be given.

    An agent who was finishing and carries nothing any more may be done: `agent_unloaded` asks. So
    it does for 0 slots, for an idle conversation that has ended. The row is locked in any case:
    of two conversations that end at once the later one has to see that it is the last.
    """
    if not held:
        return
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH gone AS (SELECT id, sum(slots)::int AS n
                             FROM unnest(%s::uuid[], %s::int[]) AS g(id, slots) GROUP BY id),
               held AS (
                   SELECT p.agent_id, gone.n FROM agents_presence p JOIN gone ON gone.id = p.agent_id
                   ORDER BY p.agent_id FOR UPDATE OF p
               )
               UPDATE agents_presence p
               SET load = load - held.n,
                   excess = greatest(0, load - held.n - capacity),
                   idle_since = CASE WHEN load = held.n THEN clock_timestamp() ELSE idle_since END
               FROM held WHERE p.agent_id = held.agent_id
               RETURNING p.agent_id, p.state, p.load""",
            [[agent_id for agent_id, _ in held], [slots for _, slots in held]],
        )
        rows = cursor.fetchall()
    unloaded = [row[0] for row in rows if row[1] == states.FINISHING and row[2] == 0]
    if unloaded:
        signals.agent_unloaded.send(Presence, agent_ids=unloaded)
    if any(slots for _, slots in held):
        signals.agent_available.send(Presence)
