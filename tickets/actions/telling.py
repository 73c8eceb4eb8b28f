"""Telling customers and agents how a ticket stands now."""

from typing import Any
from uuid import UUID

from django.db import transaction

from realtime import groups
from realtime.events import (
    TicketChanged,
)
from realtime.publish import publish
from tickets import lines, queries, states
from tickets.models import Ticket


def told(ticket_id: UUID) -> Ticket:
    """The ticket as it is now, told to its customer and to who has (or last had) it."""
    ticket = queries.get(ticket_id)
    assert ticket is not None
    publish((groups.customer(ticket.customer_id), TicketChanged(queries.for_customer(ticket))))
    if ticket.agent_id:
        publish((groups.agent(ticket.agent_id), TicketChanged(queries.for_agent(ticket))))
    return ticket


def tell_customers(tickets: Any) -> None:
    """Publish the tickets as they are now to their customers."""
    rows = list(tickets)
    where = lines.standings([t.pk for t in rows if t.state == states.WAITING])
    publish(
        *(
            (
                groups.customer(t.customer_id),
                TicketChanged(queries.for_customer(t, where.get(t.pk))),
            )
            for t in rows
        )
    )


def tell_standings() -> int:
    """Tell waiting customers whose place or expected wait has changed; returns how many."""
    with transaction.atomic():
        news = queries.changed_standings()
        publish(
            *(
                (groups.customer(t.customer_id), TicketChanged(queries.for_customer(t, s)))
                for t, s in news
            )
        )
    return len(news)
