"""What a wave sees: waiting tickets with what they ask for, and agents with room."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from agents.presence import REACHABLE
from core import sql
from dispatch.matching.types import Ticket
from dispatch.waves.asked import asking
from tickets import catalogue
from tickets.catalogue import QueueRow
from tickets.ladder import Rung

# Tickets of one line that one round looks at. A bound per line, not in all: a long line that nobody
# can serve must not hide the others.
PER_LINE = 100
# Tickets at the head of each line that every round looks at, however long the others are.
HEADS = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting ticket, with its queue and what holds at its step of the ladder."""

    ticket: Ticket
    queue: QueueRow
    step: int
    rung: Rung


def waiting_tickets(
    per_line: int, most: int, catalogue_version: str
) -> tuple[dict[UUID, Waiting], set[tuple[UUID, UUID]]]:
    """Waiting tickets without a live offer, and the (ticket, agent) pairs that are not to meet yet.

    Of each line its first `per_line`; of these about `most`, in this order: the heads of all lines
    and then by age.
    A line are tickets that the same agents may take: those that are held for somebody or that
    somebody has just declined stand in lines of their own, or one that must wait would hide those
    behind it. What is held for somebody is hers alone while she is there and has not declined it.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT w.id, w.queue_id, w.language, w.step, w.for_supervisor,
                extract(epoch FROM clock_timestamp() - w.waiting_since)::float8,
                w.previous_agent_id, w.wanted_agent_id,
                CASE WHEN w.hold_until > clock_timestamp() THEN EXISTS (
                    SELECT 1 FROM agents_presence p
                    WHERE p.agent_id = coalesce(w.wanted_agent_id, w.previous_agent_id) AND {REACHABLE}
                      AND NOT EXISTS (SELECT 1 FROM dispatch_cooldown c WHERE c.ticket_id = w.id
                          AND c.agent_id = p.agent_id AND c.until > clock_timestamp()))
                ELSE false END,
                (SELECT count(*) FROM dispatch_offer o
                 WHERE o.ticket_id = w.id AND o.state IN ('declined', 'expired')),
                (SELECT array_agg(c.agent_id) FROM dispatch_cooldown c
                 WHERE c.ticket_id = w.id AND c.until > clock_timestamp())
            FROM (
                SELECT line.*, row_number() OVER (
                    ORDER BY line.place > {HEADS}, line.waiting_since, line.id) AS turn
                FROM (
                    SELECT t.id, t.queue_id, t.language, t.step, t.for_supervisor, t.waiting_since,
                        t.previous_agent_id, t.wanted_agent_id, t.hold_until,
                        row_number() OVER (
                            PARTITION BY t.queue_id, t.language, t.step, t.for_supervisor,
                                t.hold_until > clock_timestamp(), cooling.id IS NULL
                            ORDER BY t.waiting_since, t.id) AS place
                    FROM tickets_ticket t
                    LEFT JOIN (SELECT DISTINCT ticket_id AS id FROM dispatch_cooldown
                               WHERE until > clock_timestamp()) cooling ON cooling.id = t.id
                    -- Live offers are read once and hashed. A join would be planned by how many
                    -- there were some time ago, and be slow by far when that is wrong.
                    WHERE t.state = 'waiting' AND t.id NOT IN (
                        SELECT o.ticket_id FROM dispatch_offer o WHERE o.state = 'pending')
                ) line WHERE line.place <= %(per_line)s
            ) w WHERE w.turn <= %(most)s OR w.place <= {HEADS} ORDER BY w.turn
            """,
            {"per_line": per_line, "most": most, "ttl": settings.PRESENCE_TTL_S},
        )
        rows = cursor.fetchall()
    queues = catalogue.kept({row[1] for row in rows}, catalogue_version) if rows else {}
    waiting = {}
    lines: dict[tuple[UUID, str, int, bool], tuple[QueueRow, Rung, dict[str, Any]]] = {}
    cooling: set[tuple[UUID, UUID]] = set()
    for (
        id, queue_id, language, step, for_supervisor, waited, previous, wanted, held, misses, cool
    ) in rows:  # fmt: skip
        line = lines.get((queue_id, language, step, for_supervisor))
        if line is None:
            queue = queues[queue_id]
            line = lines[queue_id, language, step, for_supervisor] = (
                queue,
                queue.rung(step),
                asking(queue, language, step, for_supervisor),
            )
        queue, rung, shared = line
        ticket = Ticket(
            **shared,
            id=id,
            waited_s=max(0.0, waited),
            misses=misses,
            previous_agent=previous,
            wanted_agent=wanted,
            only=(wanted or previous) if held else None,
        )
        waiting[id] = Waiting(ticket, queue, step, rung)
        if cool:
            cooling.update((id, agent_id) for agent_id in cool)
    return waiting, cooling
