"""About the customer: what is known of her, and her earlier conversations at this desk.

Only for who has a conversation with her now, and only as long.
"""

from typing import Any
from uuid import UUID

from django.http import Http404

from core import sql
from core.api import iso
from realtime.events import Json
from tickets import states
from tickets.models import Ticket

PAGE = 20
OVER = (states.RESOLVED, states.ABANDONED)


def held(ticket_id: UUID, agent_id: UUID) -> Ticket:
    """The ticket that this agent has now. Raises Http404 for any other, also for one that was hers."""
    ticket = (
        Ticket.objects.select_related("customer", "desk")
        .filter(pk=ticket_id, agent_id=agent_id, state=states.ACTIVE)
        .first()
    )
    if ticket is None:
        raise Http404
    return ticket


def about(ticket_id: UUID, agent_id: UUID) -> Json:
    """What is known of the customer. Raises Http404 unless the agent has the conversation."""
    ticket = held(ticket_id, agent_id)
    customer = ticket.customer
    return {
        "name": customer.name,
        "email": customer.email or None if ticket.desk.shows_email else None,
        "verified": bool(customer.external_id),
        "locale": customer.locale,
        "attributes": [
            {"name": name, "value": str(value)} for name, value in customer.attributes.items()
        ],
        "page": customer.page,
        "device": customer.device,
        "since": iso(customer.created_at),
        "conversations": Ticket.objects.filter(customer=customer, state__in=OVER).count(),
    }


def earlier(ticket_id: UUID, agent_id: UUID, before: UUID | None, limit: int) -> Json:
    """The customer's ended conversations, the latest first; `before` is the last one that is known.

    Who answered is said by first name; what the customer thought of it is not.
    Raises Http404 unless the agent has the conversation.
    """
    ticket = held(ticket_id, agent_id)
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT t.id, t.opened_at, t.ended_at, t.state, q.slug, q.name, t.language,
                   t.disposition, t.last_seq, coalesce((SELECT array_agg(g.name ORDER BY a.started_at)
                       FROM tickets_assignment a JOIN agents_agent g ON g.id = a.agent_id
                       WHERE a.ticket_id = t.id), '{}')
               FROM tickets_ticket t JOIN tickets_queue q ON q.id = t.queue_id
               WHERE t.customer_id = %(customer)s AND t.desk_id = %(desk)s
                 AND t.state = ANY(%(over)s) AND (%(before)s::uuid IS NULL OR
                   (t.opened_at, t.id) < (SELECT b.opened_at, b.id FROM tickets_ticket b
                       WHERE b.id = %(before)s AND b.customer_id = %(customer)s))
               ORDER BY t.opened_at DESC, t.id DESC LIMIT %(limit)s""",
            {
                "customer": ticket.customer_id,
                "desk": ticket.desk_id,
                "over": list(OVER),
                "before": before,
                "limit": limit + 1,
            },
        )
        rows = cursor.fetchall()
    return {"conversations": [_row(row) for row in rows[:limit]], "more": len(rows) > limit}


def _row(row: Any) -> dict[str, Any]:
    id, opened, ended, state, slug, name, language, disposition, last_seq, agents = row
    return {
        "id": str(id),
        "opened_at": iso(opened),
        "ended_at": iso(ended),
        "state": state,
        "topic": slug,
        "topic_name": name,
        "language": language,
        "disposition": disposition,
        "last_seq": last_seq,
        # Each once, in the order in which they came to it.
        "agents": list(dict.fromkeys(agents)),
    }


def readable(ticket_id: UUID, agent_id: UUID, earlier_id: UUID) -> Ticket:
    """An earlier conversation of the customer with whom the agent talks. Raises Http404 for any other."""
    ticket = held(ticket_id, agent_id)
    found = Ticket.objects.filter(
        pk=earlier_id, customer_id=ticket.customer_id, desk_id=ticket.desk_id, state__in=OVER
    ).first()
    if found is None:
        raise Http404
    return found
