"""Reading wrap-ups."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import sql
from core.api import iso
from realtime.events import Json


@dataclass(frozen=True, slots=True)
class WrapUp:
    """An agent's last time with a ticket, as far as its wrap-up goes; `until` None: there is none.

    `state` is the ticket's.
    """

    id: int
    state: str
    held: int
    until: datetime | None
    extended: bool
    extension_s: int
    over: bool

    @property
    def running(self) -> bool:
        """Whether it still holds slots. Past its time it counts as over, swept or not."""
        return self.held > 0 and not self.over


def lock(ticket_id: UUID, agent_id: UUID) -> WrapUp | None:
    """The agent's last time with the ticket, its row locked; None when she never had it."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, t.state, a.held, a.wrap_until, a.wrap_extended, q.wrap_up_extension_s,
                   coalesce(a.wrap_until <= clock_timestamp(), true)
               FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
               JOIN tickets_queue q ON q.id = t.queue_id
               WHERE a.ticket_id = %s AND a.agent_id = %s
               ORDER BY a.started_at DESC, a.id DESC LIMIT 1 FOR NO KEY UPDATE OF a""",
            [ticket_id, agent_id],
        )
        row = cursor.fetchone()
    return WrapUp(*row) if row else None


def of_agent(agent_id: UUID) -> list[Json]:
    """The wrap-ups that run, as their agent sees them, the one that ends first first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.ticket_id, a.wrap_until, q.wrap_up_extension_s > 0 AND NOT a.wrap_extended,
                   q.name, c.name
               FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
               JOIN tickets_queue q ON q.id = t.queue_id
               JOIN tickets_customer c ON c.id = t.customer_id
               WHERE a.agent_id = %s AND a.held > 0 AND a.wrap_until > clock_timestamp()
               ORDER BY a.wrap_until, a.id""",
            [agent_id],
        )
        rows = cursor.fetchall()
    return [
        {
            "ticket": str(ticket_id),
            "topic_name": topic,
            "customer": {"name": customer},
            "until": iso(until),
            "may_extend": may_extend,
        }
        for ticket_id, until, may_extend, topic, customer in rows
    ]


def view(ticket_id: UUID, until: datetime | None, may_extend: bool) -> Json:
    """A wrap-up as its agent is answered."""
    return {"ticket": str(ticket_id), "until": iso(until), "may_extend": may_extend}
