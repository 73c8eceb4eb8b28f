"""What is said, and how far it was read."""

import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from core import sql
from core.states import Stale
from realtime import groups
from realtime.events import (
    AgentMessagePosted,
    CustomerMessagePosted,
    Json,
    MessageRead,
)
from realtime.publish import publish
from tickets import queries, states
from tickets.actions import idle
from tickets.models import Assignment, Message, Ticket

# What a message changes about the answer that the agent owes.
OWED = {
    "customer": "owed_since = CASE WHEN state = 'active' THEN coalesce(owed_since, m.at) END",
    "agent": "owed_since = NULL, first_reply_at = coalesce(first_reply_at, m.at)",
}


def post_as_customer(
    ticket_id: UUID, customer_id: UUID, *, client_id: UUID, text: str
) -> tuple[Json, bool]:
    """A message of the customer. See `_post`."""
    return _post(ticket_id, "customer", customer_id, states.OPEN, client_id, text)


def post_as_agent(
    ticket_id: UUID, agent_id: UUID, *, client_id: UUID, text: str
) -> tuple[Json, bool]:
    """A message of the ticket's agent. See `_post`."""
    return _post(ticket_id, "agent", agent_id, (states.ACTIVE,), client_id, text)


def _post(
    ticket_id: UUID, sender: str, owner: UUID, allowed: Sequence[str], client_id: UUID, text: str
) -> tuple[Json, bool]:
    """Append one message: (message, whether it is new). A repeat returns the first one.

    One statement: the ticket's row lock orders writers, so `seq` is gapless and in commit order.
    Only in an idle conversation it takes more of them: it has to wake first.
    Raises Http404 for a ticket that is not `owner`'s, Stale for one in no `allowed` state.
    """
    message_id = uuid.uuid4()
    column = {"customer": "customer_id", "agent": "agent_id"}[sender]
    with sql.cursor() as cursor:
        cursor.execute(
            f"""
            WITH t AS (
                SELECT id, last_seq, customer_id, agent_id, idle_since IS NOT NULL AS idle
                FROM tickets_ticket
                WHERE id = %(ticket)s AND {column} = %(owner)s AND state = ANY(%(allowed)s)
                FOR NO KEY UPDATE
            ), m AS (
                INSERT INTO tickets_message
                    (id, ticket_id, seq, sender, agent_id, client_id, text, attachments, at)
                SELECT %(id)s, id, last_seq + 1, %(sender)s, %(agent)s, %(client)s, %(text)s, '[]',
                    clock_timestamp()
                FROM t WHERE NOT idle ON CONFLICT (ticket_id, sender, client_id) DO NOTHING
                RETURNING ticket_id, seq, at
            ), u AS (
                UPDATE tickets_ticket SET last_seq = m.seq, {sender}_read_seq = m.seq,
                    last_message_at = m.at, {OWED[sender]}
                FROM m WHERE tickets_ticket.id = m.ticket_id
            )
            SELECT t.customer_id, t.agent_id, m.seq, m.at, t.idle FROM t LEFT JOIN m ON true
            """,
            {
                "ticket": ticket_id,
                "owner": owner,
                "allowed": list(allowed),
                "id": message_id,
                "sender": sender,
                "agent": owner if sender == "agent" else None,
                "client": client_id,
                "text": text,
            },
        )
        row = cursor.fetchone()
    if row is not None and row[4]:
        return _wake_and_post(ticket_id, sender, owner, allowed, client_id, text)
    if row is None or row[2] is None:
        return _first_result(ticket_id, sender, column, owner, client_id), False
    customer_id, agent_id, seq, at, _idle = row
    view = queries.message_view(
        Message(
            id=message_id,
            seq=seq,
            sender=sender,
            client_id=client_id,
            text=text,
            attachments=[],
            at=at,
        )
    )
    events: list[Any] = [
        (groups.customer(customer_id), CustomerMessagePosted(str(ticket_id), view))
    ]
    if agent_id:
        events.append((groups.agent(agent_id), AgentMessagePosted(str(ticket_id), view)))
    publish(*events)
    return view, True


def _wake_and_post(
    ticket_id: UUID, sender: str, owner: UUID, allowed: Sequence[str], client_id: UUID, text: str
) -> tuple[Json, bool]:
    """As `_post`, in a conversation that was idle a moment ago. A repeat does not wake it."""
    with transaction.atomic():
        with sql.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", [ticket_id]
            )
        if first := _said(ticket_id, sender, owner, client_id):
            return first, False
        idle.wake(ticket_id)
        posted = _post(ticket_id, sender, owner, allowed, client_id, text)
        idle.tell_agents([ticket_id])
        return posted


def _first_result(ticket_id: UUID, sender: str, column: str, owner: UUID, client_id: UUID) -> Json:
    """The message that the same call made before, even if the ticket has left its agent since."""
    if first := _said(ticket_id, sender, owner, client_id):
        return first
    ticket = Ticket.objects.filter(pk=ticket_id, **{column: owner}).values("state").first()
    if ticket is None and sender == "agent":
        # She had it a moment ago: somebody else is answering, and her words must not just vanish.
        hers = Assignment.objects.filter(ticket_id=ticket_id, agent_id=owner)
        if state := hers.values_list("ticket__state", flat=True).first():
            words = _("This conversation is no longer yours. Your message was not sent.")
            raise Stale(state, words)
    if ticket is None:
        raise Http404
    raise Stale(ticket["state"], _("This conversation has ended. Your message was not sent."))


def _said(ticket_id: UUID, sender: str, owner: UUID, client_id: UUID) -> Json | None:
    hers = {"agent_id": owner} if sender == "agent" else {"ticket__customer_id": owner}
    message = Message.objects.filter(
        ticket_id=ticket_id, sender=sender, client_id=client_id, **hers
    ).first()
    return queries.message_view(message) if message else None


def read_as_customer(ticket_id: UUID, customer_id: UUID, seq: int) -> None:
    """The customer has read up to `seq`. Raises Http404 for a foreign ticket."""
    _read(ticket_id, "customer", customer_id, seq)


def read_as_agent(ticket_id: UUID, agent_id: UUID, seq: int) -> None:
    """The agent has read up to `seq`. Raises Http404 for a ticket that is not hers."""
    _read(ticket_id, "agent", agent_id, seq)


def _read(ticket_id: UUID, reader: str, owner: UUID, seq: int) -> None:
    with sql.cursor() as cursor:
        cursor.execute(
            f"""UPDATE tickets_ticket SET {reader}_read_seq = least(%s, last_seq)
                WHERE id = %s AND {reader}_id = %s AND {reader}_read_seq < least(%s, last_seq)
                RETURNING customer_id, agent_id, {reader}_read_seq""",
            [seq, ticket_id, owner, seq],
        )
        row = cursor.fetchone()
    if row is None:
        if not Ticket.objects.filter(pk=ticket_id, **{f"{reader}_id": owner}).exists():
            raise Http404
        return
    customer_id, agent_id, read = row
    event = MessageRead(str(ticket_id), read)
    if reader == "agent":
        publish((groups.customer(customer_id), event))
    elif agent_id:
        publish((groups.agent(agent_id), event))
