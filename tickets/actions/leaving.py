"""Taking tickets from their agents, one or many: the way out of `active` for every move."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404

from agents import presence
from core import sql
from core.states import SQL, Moved, Stale, move
from realtime import groups
from realtime.events import (
    TicketLeft,
)
from realtime.publish import publish
from tickets import queries, signals, states
from tickets.actions import wrap_up
from tickets.actions.telling import tell_customers
from tickets.models import Assignment, Ticket


def return_of_lost(lost_for_s: float) -> list[UUID]:
    """Conversations of agents silent for longer than `lost_for_s` go back to the front of their queue.

    So do, at once, those of agents who went offline on purpose, should a crash have come in between.
    """
    with transaction.atomic(), sql.cursor() as cursor:
        cursor.execute(
            """SELECT t.id, t.agent_id
               FROM tickets_ticket t JOIN agents_presence p ON p.agent_id = t.agent_id
               WHERE t.state = 'active' AND p.state = 'offline' AND (p.was = ''
                 OR p.last_seen_at < clock_timestamp() - make_interval(secs => %s))""",
            [lost_for_s],
        )
        rows = cursor.fetchall()
        if not rows:
            return []
        moved = end_active(
            [row[0] for row in rows],
            states.WAITING,
            by="system",
            reason="agent lost",
            values={},
            agents=[row[1] for row in rows],
            may_be_stale=True,
        )
        tell_customers(queries.with_names().filter(pk__in=[row.id for row in moved]))
        return [row.id for row in moved]


def return_of_leaving(agent_ids: Sequence[UUID]) -> None:
    """Agents went offline on purpose: their conversations go back to the front of their queues."""
    with transaction.atomic():
        ids = list(
            Ticket.objects.filter(agent_id__in=agent_ids, state=states.ACTIVE).values_list(
                "id", flat=True
            )
        )
        if ids:
            moved = end_active(
                ids,
                states.WAITING,
                by="system",
                reason="agent left",
                values={},
                agents=agent_ids,
                may_be_stale=True,
            )
            tell_customers(queries.with_names().filter(pk__in=[row.id for row in moved]))


def end_active(
    ticket_ids: Sequence[UUID],
    to: str,
    *,
    by: str,
    reason: str,
    values: Mapping[str, Any],
    agents: Sequence[UUID] = (),
    only_if: str = "true",
    may_be_stale: bool = False,
) -> list[Moved]:
    """Take active tickets from their agents: end assignments, free slots, tell the agents. The slots of
    a conversation that is resolved are freed once its queue's `wrap_up_s` is over.

    With `agents`, only from these: who got the ticket a moment ago keeps it. `only_if` is a further
    condition in SQL of ours on the ticket `r`, asked once it is locked. Raises Stale when none
    was active (unless `may_be_stale`).

    A ticket that waits again is held for nobody, unless `values` say so: who was lost or fell silent
    may get it back by the matching, and nobody waits for her.
    """
    values = {**values, "idle_since": None}
    if to == states.WAITING:
        values = {
            "agent_id": None,
            "previous_agent_id": SQL("r.agent_id"),
            "owed_since": None,
            "told_position": None,
            "told_wait_s": None,
        } | values
    moved = move(
        Ticket,
        states.TICKET,
        ticket_ids,
        to,
        by=by,
        reason=reason,
        values=values,
        sources=[states.ACTIVE],
        old=["agent_id", "idle_since", "owed_since"],
        only_if=f"({only_if})" + (" AND r.agent_id = ANY(%s)" if agents else ""),
        params=[list(agents)] if agents else [],
    )
    if not moved:
        if may_be_stale:
            return []
        raise Stale(state_of(ticket_ids[0]))
    ids = [row.id for row in moved]
    # Since when nobody was engaged: it rested, or its agent was silent until she lost it.
    since = [row.old[2] if reason in ABSENT and row.old[2] else row.old[1] for row in moved]
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH open AS (
                   SELECT a.id, a.held, q.wrap_up_extension_s > 0 AS may_extend, t.first_reply_at,
                       EXISTS (SELECT 1 FROM tickets_assignment e
                               WHERE e.ticket_id = a.ticket_id AND e.id <> a.id) AS has_others,
                       CASE WHEN a.held > 0 AND %s THEN q.wrap_up_s ELSE 0 END AS wrap_s
                   FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
                   JOIN tickets_queue q ON q.id = t.queue_id
                   WHERE a.ticket_id = ANY(%s) AND a.ended_at IS NULL ORDER BY a.id FOR UPDATE OF a
               )
               UPDATE tickets_assignment a
               SET ended_at = now.at, reason = %s,
                   idle_s = a.idle_s + CASE WHEN rest.since IS NULL THEN 0 ELSE
                       extract(epoch FROM now.at - greatest(a.started_at, rest.since)) END,
                   held = CASE WHEN open.wrap_s > 0 THEN a.held ELSE 0 END,
                   wrap_until = CASE WHEN open.wrap_s > 0
                       THEN clock_timestamp() + make_interval(secs => open.wrap_s) END
               FROM open, (SELECT clock_timestamp() AS at) now,
                   unnest(%s::uuid[], %s::timestamptz[]) AS rest(ticket_id, since)
               WHERE a.id = open.id AND rest.ticket_id = a.ticket_id
               RETURNING a.ticket_id, a.agent_id, open.held, a.wrap_until, open.may_extend,
                   a.id, a.terms, a.started_at, a.ended_at, a.idle_s, open.first_reply_at,
                   open.has_others,
                   (SELECT changed_by::text || '.' || changes FROM tickets_catalogue_version)""",
            [to == states.RESOLVED, ids, reason[:40], ids, since],
        )
        rows = cursor.fetchall()
    ended = [row[:5] for row in rows]
    # What is wrapped up keeps its slots; what was idle had none, and is told all the same: it may
    # have been the last of an agent who is finishing.
    presence.free_slots([(agent, held) for _id, agent, held, until, _more in ended if not until])
    for ticket_id, agent_id, _held, until, may_extend in ended:
        if until:
            wrap_up.started(ticket_id, agent_id, until, may_extend)
    publish(*((groups.agent(row.old[0]), TicketLeft(str(row.id), reason)) for row in moved))
    if to == states.WAITING:
        for row in moved:
            signals.queue_changed.send(
                Ticket, ticket_id=row.id, left_agent=row.old[0], reason=reason
            )
    left = [_left(row, to == states.RESOLVED) for row in rows]
    # Last of all: what follows from it may lock more.
    signals.conversations_left.send(Ticket, left=left)
    return moved


# Who loses a conversation by not being there was engaged until she owed an answer.
ABSENT = ("silent", "agent lost")


def _left(row: Sequence[Any], is_over: bool) -> signals.Left:
    (
        ticket_id,
        agent_id,
        _held,
        _until,
        _extend,
        id,
        terms,
        started,
        ended,
        idle_s,
        reply,
        others,
        catalogue,
    ) = row
    replied = reply is not None and started <= reply
    return signals.Left(
        ticket_id=ticket_id,
        assignment_id=id,
        agent_id=agent_id,
        terms=terms,
        started_at=started,
        ended_at=ended,
        engaged_s=max(0.0, (ended - started).total_seconds() - idle_s),
        first_reply_s=(reply - started).total_seconds() if replied else None,
        is_over=is_over,
        has_others=others,
        catalogue=catalogue,
    )


def hers(ticket_id: UUID, agent_id: UUID) -> Ticket:
    """The ticket, when this agent has it. Raises Stale when she had it until somebody was faster,
    Http404 when it never was hers."""
    ticket = queries.get(ticket_id)
    if ticket is None:
        raise Http404
    if ticket.agent_id != agent_id:
        if not Assignment.objects.filter(ticket_id=ticket_id, agent_id=agent_id).exists():
            raise Http404
        # She had it a moment ago: someone was faster, and she may know where it stands.
        raise Stale(ticket.state)
    return ticket


def state_of(ticket_id: UUID) -> str:
    state = Ticket.objects.filter(pk=ticket_id).values_list("state", flat=True).first()
    if state is None:
        raise Http404
    return state
