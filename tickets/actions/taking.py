"""A waiting ticket becomes an agent's."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from core import sql
from core.states import NOW, SQL, Stale, Step, step
from realtime import groups
from realtime.events import TicketAssigned, TicketChanged
from realtime.publish import Addressed, publish
from tickets import queries, states
from tickets.actions.leaving import state_of
from tickets.models import Ticket


def taking(
    ids: Iterable[UUID] | SQL,
    agent_id: UUID | SQL,
    *,
    by: str | SQL,
    reason: str,
    slots: int | SQL,
    given: str = "",
    terms: str | SQL = "",
) -> Step:
    """What gives waiting tickets to an agent, as a part of a statement (see `core.states.step`).

    `agent_id` may be SQL on a ticket `r`, `slots` and `terms` (what is promised for it) on a ticket
    `t`. `t_old` are the tickets, locked,
    `t_new` those that are given, `own` their new assignments.
    """
    moving = step(
        "t",
        Ticket,
        states.TICKET,
        ids,
        states.ACTIVE,
        by=by,
        reason=reason,
        values={
            "agent_id": agent_id,
            "assigned_at": NOW,
            "wanted_agent_id": None,
            "hold_until": None,
            # The customer has said something already: from now on an answer is owed.
            "owed_since": NOW,
            "idle_since": None,
            "told_position": None,
            "told_wait_s": None,
        },
        given=given,
        whole=True,
    )
    size, params = (slots, []) if isinstance(slots, SQL) else ("%s::int", [slots])
    deal, more = (terms, []) if isinstance(terms, SQL) else ("%s::text", [terms])
    return Step(
        f"""{moving.sql}, own AS (
            INSERT INTO tickets_assignment
                (ticket_id, agent_id, started_at, reason, slots, held, terms)
            SELECT t.id, t.agent_id, clock_timestamp(), '', s.n, s.n, {deal}
            FROM t_new t, LATERAL (SELECT {size} AS n) s RETURNING *
        )""",
        [*moving.params, *more, *params],
    )


def select(more: str = "NULL") -> str:
    """What a statement with `taking` in it ends with, to read what is taken; `more` is a last column."""
    return queries.select(ticket="t_new", own="own", more=more)


def taken(rows: Sequence[Sequence[Any]], *news: Addressed) -> list[Ticket]:
    """The tickets of the rows of `select`; their agents and customers are told, and the `news` along
    with it."""
    tickets = [queries.of_row(row) for row in rows]
    events: list[Addressed] = []
    for ticket in tickets:
        assert ticket.agent_id is not None
        events.append((groups.agent(ticket.agent_id), TicketAssigned(queries.for_agent(ticket))))
        changed = TicketChanged(queries.for_customer(ticket))
        events.append((groups.customer(ticket.customer_id), changed))
    publish(*events, *news)
    return tickets


def lock(ticket_id: UUID) -> None:
    """Lock a ticket until the end of the transaction, for what is to be done before it moves."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", [ticket_id])


def assign(
    ticket_id: UUID, agent_id: UUID, *, by: str, reason: str, slots: int, terms: str = ""
) -> Ticket:
    """A waiting ticket becomes this agent's. Inside the caller's transaction, which takes her `slots`.

    `terms` is what she was promised for it.
    Raises Stale when it no longer waits.
    """
    part = taking([ticket_id], agent_id, by=by, reason=reason, slots=slots, terms=terms)
    with sql.cursor() as cursor:
        cursor.execute(f"WITH {part.sql} {select()}", part.params)
        rows = cursor.fetchall()
    if not rows:
        raise Stale(state_of(ticket_id))
    return taken(rows)[0]
