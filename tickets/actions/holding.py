"""Keeping a waiting conversation for one person for a while, before others are asked."""

from uuid import UUID

from core import sql
from core.states import NOW, SQL
from tickets import catalogue, profiles


def hold_s(queue_id: UUID, agent_id: UUID, *, language: str, step: int = 0) -> int | None:
    """How many seconds a conversation of this queue is kept for this agent; None for not at all.

    Not for one who could not take it: who has not the language, the skills or the slots. Whether she
    is there, and has not declined it, is asked by each wave (`dispatch.waves.snapshot`).
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT q.same_agent_s FROM tickets_queue q
               JOIN agents_presence p ON p.agent_id = %s AND p.capacity >= q.slots
               WHERE q.id = %s AND q.same_agent_s > 0""",
            [agent_id, queue_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    queue = catalogue.queues([queue_id])[queue_id]
    profile = profiles.get([agent_id])[agent_id]
    return row[0] if queue.open_to(profile, language, step, for_supervisor=False) else None


def until(seconds: int | None) -> SQL | None:
    """So many seconds from now, as a column's new value."""
    return None if seconds is None else SQL(f"{NOW} + make_interval(secs => {int(seconds)})")
