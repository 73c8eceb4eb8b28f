"""What agents who are off duty are asked to come for."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core import sql
from core.api import iso
from realtime.events import Json


def open_call_ins(agent_id: UUID) -> list[Json]:
    """The agent's call-ins that she has not answered yet, for tickets that still wait at desks that
    are still hers; oldest first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, t.id, q.name, t.language, c.pay_multiplier, c.at
               FROM dispatch_callin c JOIN tickets_ticket t ON t.id = c.ticket_id
               JOIN tickets_queue q ON q.id = t.queue_id
               JOIN tickets_desk_agents d ON d.desk_id = t.desk_id AND d.agent_id = c.agent_id
               WHERE c.agent_id = %s AND c.answered_at IS NULL AND t.state = 'waiting'
               ORDER BY c.at, c.id""",
            [agent_id],
        )
        return [call_in_view(*row) for row in cursor.fetchall()]


def call_in_view(
    id: int, ticket: UUID, topic_name: str, language: str, pay_multiplier: Decimal, at: datetime
) -> Json:
    """A call-in as its agent sees it."""
    return {
        "id": id,
        "ticket": str(ticket),
        "topic_name": topic_name,
        "language": language,
        "pay_multiplier": f"{pay_multiplier:.2f}",
        "at": iso(at),
    }
