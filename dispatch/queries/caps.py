"""Caps: how many conversations of a queue an agent has, of those she may have."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from core import sql

# How many conversations and live offers of some queues each agent has now. Idle ones count, wrap-ups
# don't: a cap says how many customers of a kind may look to one person.
TAKEN_OF_QUEUES = """
    SELECT agent_id, queue_id, count(*)::int FROM (
        SELECT t.agent_id, t.queue_id FROM tickets_ticket t
        WHERE t.state = 'active' AND t.queue_id = ANY(%(queues)s)
        UNION ALL
        SELECT o.agent_id, t.queue_id FROM dispatch_offer o JOIN tickets_ticket t ON t.id = o.ticket_id
        WHERE o.state = 'pending' AND t.queue_id = ANY(%(queues)s)
    ) taken
    WHERE %(agents)s::uuid[] IS NULL OR agent_id = ANY(%(agents)s::uuid[])
    GROUP BY agent_id, queue_id
"""


def taken_of(
    queue_ids: Iterable[UUID], agent_ids: Sequence[UUID] | None = None
) -> list[tuple[UUID, UUID, int]]:
    """(agent, queue, how many conversations and live offers of it she has), of some agents or all.

    Who has to be sure reads it in a statement of its own while holding the agents' presences: who
    gives them one more holds those too.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            TAKEN_OF_QUEUES,
            {
                "queues": list(queue_ids),
                "agents": None if agent_ids is None else list(agent_ids),
            },
        )
        return cursor.fetchall()
