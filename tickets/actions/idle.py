"""Idle conversations: one whose customer has been silent for long gives its slots back, and takes
them again when somebody writes."""

from uuid import UUID

from django.db import transaction

from agents import presence
from agents.signals import agent_overloaded
from core import sql
from realtime import groups
from realtime.events import TicketChanged
from realtime.publish import publish
from tickets import queries
from tickets.models import Ticket

# Conversations that one tick lays to rest; the next one goes on.
BATCH = 500


def rest_idle() -> int:
    """Give back the slots of conversations in which the agent spoke last, longer ago than their
    queue's `idle_after_s`; returns how many.

    They stay their agents'. One whose row somebody holds is left for the next tick: perhaps it is
    being answered.
    """
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            """
            WITH quiet AS (
                SELECT t.id FROM tickets_ticket t JOIN tickets_queue q ON q.id = t.queue_id
                WHERE t.state = 'active' AND t.owed_since IS NULL AND t.idle_since IS NULL
                  AND q.idle_after_s > 0
                  AND t.last_message_at <= clock_timestamp() - make_interval(secs => q.idle_after_s)
                ORDER BY t.id LIMIT %s FOR NO KEY UPDATE OF t SKIP LOCKED
            ), resting AS (
                UPDATE tickets_ticket t SET idle_since = clock_timestamp()
                FROM quiet WHERE t.id = quiet.id RETURNING t.id
            )
            UPDATE tickets_assignment a SET held = 0
            FROM resting WHERE a.ticket_id = resting.id AND a.ended_at IS NULL
            RETURNING a.ticket_id, a.agent_id, a.slots
            """,
            [BATCH],
        )
        rows = cursor.fetchall()
        presence.free_slots([(agent_id, slots) for _ticket, agent_id, slots in rows])
        if rows:
            tell_agents([ticket_id for ticket_id, _agent, _slots in rows])
    return len(rows)


def wake(ticket_id: UUID) -> None:
    """An idle conversation takes its slots again, because somebody writes in it. Inside the caller's
    transaction; one that is not idle stays as it is.

    The customer is served first: where the agent is full by now, offers that she has not answered
    go to others, and what still does not fit is her `excess`. Until that is gone nothing new is
    offered to her.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH rested AS (
                   SELECT id, idle_since FROM tickets_ticket
                   WHERE id = %s AND state = 'active' AND idle_since IS NOT NULL FOR NO KEY UPDATE
               ), woken AS (
                   UPDATE tickets_ticket t SET idle_since = NULL
                   FROM rested WHERE t.id = rested.id RETURNING t.id, rested.idle_since
               )
               UPDATE tickets_assignment a SET held = a.slots,
                   idle_s = a.idle_s + extract(epoch FROM clock_timestamp() - woken.idle_since)
               FROM woken WHERE a.ticket_id = woken.id AND a.ended_at IS NULL
               RETURNING a.agent_id, a.slots""",
            [ticket_id],
        )
        row = cursor.fetchone()
    if row is None:
        return
    agent_id, slots = row
    excess = presence.retake_slots(agent_id, slots)
    if excess:
        agent_overloaded.send(Ticket, agent_id=agent_id, slots=excess)


def tell_agents(ticket_ids: list[UUID]) -> None:
    """Publish the active tickets as they are now to their agents."""
    publish(
        *(
            (groups.agent(ticket.agent_id), TicketChanged(queries.for_agent(ticket)))
            for ticket in queries.with_names().filter(pk__in=ticket_ids)
            if ticket.agent_id
        )
    )
