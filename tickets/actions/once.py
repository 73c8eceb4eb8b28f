"""Letting go of a conversation once, however often the call comes: by the name that its client gave it."""

from collections.abc import Callable
from uuid import UUID

from core.states import Stale
from tickets import queries, states
from tickets.models import Assignment, Ticket


def once(
    ticket_id: UUID, agent_id: UUID, client_id: UUID | None, let_go: Callable[[], Ticket]
) -> Ticket:
    """What `let_go` answers; on a repeat what the first call did, without doing it again.

    The conversation may have come back to her since: a repeat leaves it where it is. Raises what
    `let_go` raises.
    """
    if first := _first(ticket_id, agent_id, client_id):
        return first
    try:
        return let_go()
    except Stale:
        # The same call at the same moment was faster.
        if first := _first(ticket_id, agent_id, client_id):
            return first
        raise


def signed(ticket_id: UUID, agent_id: UUID, client_id: UUID | None) -> None:
    """Write the call's name to the time that has just ended, in the caller's transaction."""
    if client_id is not None:
        latest = (
            Assignment.objects.filter(ticket_id=ticket_id, agent_id=agent_id)
            .order_by("-id")
            .values("id")[:1]
        )
        Assignment.objects.filter(pk__in=latest).update(left_by=client_id)


def _first(ticket_id: UUID, agent_id: UUID, client_id: UUID | None) -> Ticket | None:
    """The ticket as that call left it, without what became of it since: it may be somebody else's."""
    if client_id is None:
        return None
    left = Assignment.objects.filter(ticket_id=ticket_id, agent_id=agent_id, left_by=client_id)
    mine = left.first()
    ticket = queries.get(ticket_id) if mine else None
    if mine is None or ticket is None:
        return None
    if mine.reason != "resolved":
        ticket.state, ticket.agent, ticket.note = states.WAITING, None, ""
        ticket.owed_since = ticket.idle_since = None
        ticket.assigned_at = mine.started_at
    return ticket
