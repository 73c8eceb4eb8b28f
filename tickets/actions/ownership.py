"""Whose conversation it is, and whether she looks after it: the baton, nudges, the hand-over.

An agent who owes an answer (`Ticket.owed_since`) is nudged after two times that her queue sets, and
then the conversation goes to somebody else: to a second agent, a third, without end. While her line
is being recovered nothing of this happens: nobody would hear it, and the rules for lost agents
(`tickets.actions.return_of_lost`) bound how long that takes. Whose line breaks again and again is
judged all the same once the grace time has passed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents.presence import HEARS
from core import sql
from core.api import iso
from core.states import Stale
from realtime import groups
from realtime.events import TicketNudged
from realtime.publish import publish
from tickets import baton, duty, queries, states
from tickets.actions.leaving import end_active, hers
from tickets.actions.telling import tell_customers
from tickets.models import Assignment, Ticket

# One tick looks after so many at most; the others are the next one's.
AT_ONCE = 500

OWED_FOR = "t.owed_since + make_interval(secs => {0}) <= clock_timestamp()"
# Conversations `t` that owe an answer, of queue `q`, in assignment `a`, with an agent `p` who
# hears us; or whose line breaks again and again, by which no conversation is kept for ever.
OWING = f"""
    FROM tickets_ticket t
    JOIN tickets_queue q ON q.id = t.queue_id
    JOIN tickets_assignment a ON a.ticket_id = t.id AND a.ended_at IS NULL
    JOIN agents_presence p ON p.agent_id = t.agent_id AND (
        (p.state <> 'offline' AND {HEARS})
        OR (q.hand_over_after_s > 0 AND {OWED_FOR.format("(q.hand_over_after_s + %(grace)s)")}))
    WHERE t.state = 'active' AND t.owed_since IS NOT NULL
"""
# How many nudges are due, and how many of them were made.
DUE = f"""(
    (q.nudge_after_s > 0 AND {OWED_FOR.format("q.nudge_after_s")})::int
    + (q.second_nudge_after_s > 0 AND {OWED_FOR.format("q.second_nudge_after_s")})::int)"""
MADE = "(CASE WHEN a.nudged_at >= t.owed_since THEN a.nudges ELSE 0 END)"
# How many nudges come before the hand-over, and when the last of them; see `duty.hand_over_at`.
ASKED = """(
    (q.nudge_after_s > 0 AND q.nudge_after_s < q.hand_over_after_s)::int
    + (q.second_nudge_after_s > 0 AND q.second_nudge_after_s < q.hand_over_after_s)::int)"""
LAST = """greatest(
    CASE WHEN q.nudge_after_s < q.hand_over_after_s THEN q.nudge_after_s ELSE 0 END,
    CASE WHEN q.second_nudge_after_s < q.hand_over_after_s THEN q.second_nudge_after_s ELSE 0 END)"""


def nudge_silent() -> int:
    """Remind the agents who have owed an answer for long; returns how many nudges were made.

    Once per agent and time, however many ticks run: the count is compared and set. Who is being
    written to at this moment (the row is locked) is left to the next tick, if it is still so.
    """
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            f"""
            WITH owing AS (
                SELECT a.id AS assignment, t.id, t.owed_since, {DUE} AS due {OWING}
                    AND t.owed_since <= (
                        SELECT clock_timestamp() - make_interval(secs => min(least(
                            nullif(nudge_after_s, 0), nullif(second_nudge_after_s, 0))))
                        FROM tickets_queue)
                    AND {DUE} > {MADE}
                ORDER BY t.owed_since LIMIT %(at_once)s FOR NO KEY UPDATE OF t SKIP LOCKED
            )
            UPDATE tickets_assignment a SET nudges = t.due, nudged_at = clock_timestamp()
            FROM owing t WHERE a.id = t.assignment AND a.ended_at IS NULL AND t.due > {MADE}
            RETURNING a.ticket_id
            """,  # noqa: S608 - all of it is ours
            {
                "ttl": settings.PRESENCE_TTL_S,
                "grace": settings.CONVERSATION_GRACE_S,
                "at_once": AT_ONCE,
            },
        )
        nudged = [row[0] for row in cursor.fetchall()]
        publish(*(_nudge(ticket) for ticket in queries.active(pk__in=nudged)))
    return len(nudged)


def _nudge(ticket: Ticket) -> tuple[str, TicketNudged]:
    mine = queries.open_assignment(ticket)
    assert mine is not None
    event = TicketNudged(str(ticket.pk), mine.nudges, iso(duty.hand_over_at(ticket, mine)))
    return groups.agent(mine.agent_id), event


def hand_over_silent() -> list[UUID]:
    """Give conversations whose agent stays silent to somebody else; returns which.

    They wait with their original waiting time, at the front of their queue. An answer that was
    committed first wins: whether one is owed is asked again once the row is locked.
    """
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT t.id, t.agent_id {OWING}
                AND t.owed_since <= (
                    SELECT clock_timestamp() - make_interval(secs => min(
                        nullif(hand_over_after_s, 0))) FROM tickets_queue)
                AND q.hand_over_after_s > 0 AND {OWED_FOR.format("q.hand_over_after_s")}
                AND ({ASKED} = 0 OR ({MADE} >= {ASKED} AND a.nudged_at <= clock_timestamp()
                    - make_interval(secs => least(%(heard)s, q.hand_over_after_s - {LAST}))))
            ORDER BY t.owed_since LIMIT %(at_once)s
            """,  # noqa: S608 - all of it is ours
            {
                "ttl": settings.PRESENCE_TTL_S,
                "grace": settings.CONVERSATION_GRACE_S,
                "heard": duty.HEARD_S,
                "at_once": AT_ONCE,
            },
        )
        silent = cursor.fetchall()
        if not silent:
            return []
        moved = end_active(
            [row[0] for row in silent],
            states.WAITING,
            by="system",
            reason="silent",
            # She is no wish to the matching: whoever answers is better.
            values={"previous_agent_id": None},
            agents=[row[1] for row in silent],
            only_if=STILL_OWED,
            may_be_stale=True,
        )
        tell_customers(queries.with_names().filter(pk__in=[row.id for row in moved]))
        return [row.id for row in moved]


STILL_OWED = """r.owed_since <= clock_timestamp() - make_interval(secs =>
    (SELECT q.hand_over_after_s FROM tickets_queue q WHERE q.id = r.queue_id))"""


def draft_baton(ticket_id: UUID, agent_id: UUID, written: Mapping[str, str]) -> Ticket:
    """The agent writes down what whoever comes after her should know; what is left out stays.

    Raises Http404 when the ticket is not hers, Stale when she has it no longer.
    """
    with transaction.atomic():
        mine = Assignment.objects.filter(
            ticket_id=ticket_id, agent_id=agent_id, ended_at__isnull=True
        )
        fields = _fields(written)
        if not (mine.update(**fields) if fields else mine.exists()):
            raise Stale(hers(ticket_id, agent_id).state)
        return hers(ticket_id, agent_id)


def leave_baton(ticket_id: UUID, agent_id: UUID, written: Mapping[str, str]) -> None:
    """As she lets go: into the time that has just ended, in the caller's transaction."""
    fields = _fields(written)
    if fields:
        latest = (
            Assignment.objects.filter(ticket_id=ticket_id, agent_id=agent_id)
            .order_by("-id")
            .values("id")[:1]
        )
        Assignment.objects.filter(pk__in=latest).update(**fields)


def _fields(written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: written[name] for name in baton.FIELDS if name in written}
