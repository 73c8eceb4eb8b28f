"""Reading tickets: each side's view, messages after a seq, position and expected wait."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Exists, Func, OuterRef, Prefetch, QuerySet
from django.http import Http404

from agents.models import Agent
from core import sql
from core.api import iso
from realtime.events import Json
from tickets import baton, duty, later, lines, states
from tickets.lines import Standing
from tickets.models import Assignment, Customer, Desk, Message, Queue, Ticket

PAGE = 200


def select(
    ticket: str = "tickets_ticket", own: str = "tickets_assignment", more: str = "NULL"
) -> str:
    """As `with_names`, for one prepared statement: tickets are read several times in each conversation.

    `ticket` and `own` may be other relations of a statement with the columns of these tables. `more`
    is a last column.
    """
    return f"""
        SELECT {sql.columns(Ticket, "t")}, clock_timestamp(), q.slug, q.name, q.expected_minutes,
            d.key, d.name, d.language, c.name, c.locale, a.name, a.photo,
            EXISTS (SELECT 1 FROM tickets_rating r WHERE r.ticket_id = t.id),
            q.nudge_after_s, q.second_nudge_after_s, q.hand_over_after_s,
            EXISTS (SELECT 1 FROM tickets_assignment e
                    WHERE e.ticket_id = t.id AND e.ended_at IS NOT NULL AND t.state = 'active'),
            {sql.columns(Assignment, "own")}, {more}
        FROM {ticket} t
        JOIN tickets_queue q ON q.id = t.queue_id
        JOIN tickets_desk d ON d.id = t.desk_id
        JOIN tickets_customer c ON c.id = t.customer_id
        LEFT JOIN agents_agent a ON a.id = t.agent_id
        LEFT JOIN {own} own ON own.ticket_id = t.id AND own.ended_at IS NULL
    """  # noqa: S608 - column names come from the models


READ = select()


def with_names() -> QuerySet[Ticket]:
    """Tickets with what both sides' views need, and the time of this reading."""
    return Ticket.objects.select_related("queue", "agent", "customer", "desk").annotate(
        as_of=Func(function="clock_timestamp", output_field=DateTimeField())
    )


def read(where: str, *params: Any) -> Ticket | None:
    """The ticket `t` for which `where` (SQL of ours) holds, or None; as `with_names` gives it."""
    with sql.cursor() as cursor:
        cursor.execute(f"{READ} WHERE {where}", params)
        row = cursor.fetchone()
    return None if row is None else of_row(row)


def of_row(row: Sequence[Any]) -> Ticket:
    """The ticket of a row of `select`."""
    ticket = sql.instance(Ticket, row)
    more = row[len(Ticket._meta.concrete_fields) :]
    (
        at, slug, queue, minutes, key, desk, language, customer, locale, agent, photo, rated,
        nudge_s, second_s, hand_over_s, was_handed_over
    ) = more[:16]  # fmt: skip
    ticket.as_of = at  # type: ignore[attr-defined]
    ticket.was_handed_over = was_handed_over  # type: ignore[attr-defined]
    own = more[16:]
    ticket.open_assignments = [] if own[0] is None else [sql.instance(Assignment, own)]  # type: ignore[attr-defined]
    known = ticket._state.fields_cache
    known["queue"] = sql.part(
        Queue,
        id=ticket.queue_id,
        slug=slug,
        name=queue,
        expected_minutes=minutes,
        nudge_after_s=nudge_s,
        second_nudge_after_s=second_s,
        hand_over_after_s=hand_over_s,
    )
    known["desk"] = sql.part(Desk, id=ticket.desk_id, key=key, name=desk, language=language)
    known["customer"] = sql.part(Customer, id=ticket.customer_id, name=customer, locale=locale)
    known["agent"] = (
        sql.part(Agent, id=ticket.agent_id, name=agent, photo=photo) if ticket.agent_id else None
    )
    if not rated:
        known["rating"] = None
    return ticket


def get(ticket_id: UUID) -> Ticket | None:
    """A ticket, whoever's it is."""
    return read("t.id = %s", ticket_id)


def of_customer(ticket_id: UUID, customer_id: UUID) -> Ticket:
    """A customer's own ticket. Raises Http404 for any other."""
    ticket = read("t.id = %s AND t.customer_id = %s", ticket_id, customer_id)
    if ticket is None:
        raise Http404
    return ticket


def of_agent(ticket_id: UUID, agent_id: UUID) -> Ticket:
    """A ticket that is this agent's now, or was resolved by her. Raises Http404 for any other."""
    ticket = read("t.id = %s AND t.agent_id = %s", ticket_id, agent_id)
    if ticket is None:
        raise Http404
    return ticket


def open_ticket_of(customer_id: UUID) -> Ticket | None:
    """The customer's ticket that has not ended, if there is one."""
    return read("t.customer_id = %s AND t.state = ANY(%s)", customer_id, list(states.OPEN))


def of_client_id(customer_id: UUID, client_id: UUID) -> Ticket | None:
    """The ticket that the customer opened under this name."""
    return read("t.customer_id = %s AND t.client_id = %s", customer_id, client_id)


# Of a desk's queues `q`: the public one of a topic, or without a topic the default one.
OF_TOPIC = """CASE WHEN %(topic)s::text = '' THEN q.is_default
    ELSE q.slug = %(topic)s::text AND q.is_public END"""


def queue_for(desk_id: UUID, topic: str) -> Queue | None:
    """The desk's public queue of this topic, or without a topic its default queue."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT {sql.columns(Queue, "q")} FROM tickets_queue q
                WHERE q.desk_id = %(desk)s AND {OF_TOPIC}""",  # noqa: S608
            {"desk": desk_id, "topic": topic},
        )
        row = cursor.fetchone()
    return sql.instance(Queue, row) if row else None


def active_of(agent_id: UUID) -> list[Ticket]:
    """An agent's conversations, oldest first."""
    return active(agent_id=agent_id)


def active(**which: Any) -> list[Ticket]:
    """Which conversations are going on, oldest first, with all that their agents' view needs."""
    earlier = Assignment.objects.filter(ticket=OuterRef("pk"), ended_at__isnull=False)
    own = Assignment.objects.filter(ended_at__isnull=True)
    return list(
        with_names()
        .filter(state=states.ACTIVE, **which)
        .order_by("assigned_at", "id")
        .annotate(was_handed_over=Exists(earlier))
        .prefetch_related(Prefetch("assignments", own, to_attr="open_assignments"))
    )


def open_assignment(ticket: Ticket) -> Assignment | None:
    """The time of the agent who has the ticket now, read with it where that was foreseen."""
    if ticket.state != states.ACTIVE:
        return None
    known: list[Assignment] | None = getattr(ticket, "open_assignments", None)
    if known is None:
        return Assignment.objects.filter(ticket_id=ticket.pk, ended_at__isnull=True).first()
    return known[0] if known else None


def readable_by(ticket_id: UUID, agent_id: UUID) -> Ticket:
    """A ticket whose messages this agent may read: hers, or the one that hers goes on with.

    Raises Http404 for any other.
    """
    ticket = read(
        """t.id = %s AND (t.agent_id = %s OR EXISTS (
            SELECT 1 FROM tickets_ticket f
            WHERE f.agent_id = %s AND f.state = 'active' AND f.follows_id = t.id))""",
        ticket_id,
        agent_id,
        agent_id,
    )
    if ticket is None:
        raise Http404
    return ticket


def as_of(ticket: Ticket) -> str:
    """When the ticket was read, to the microsecond: of two views, the later one is true.

    Two events about one ticket may overtake each other between commit and socket.
    """
    at: datetime = getattr(ticket, "as_of", None) or ticket.opened_at
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def waited_s(ticket: Ticket) -> float:
    """How long a ticket that was just read has waited for a person, in seconds."""
    if ticket.waiting_since is None:
        return 0.0
    return float((ticket.as_of - ticket.waiting_since).total_seconds())  # type: ignore[attr-defined]


def latest_resolved(customer_id: UUID, days: int) -> Ticket | None:
    """The customer's last resolved ticket, if it ended within so many days."""
    return read(
        """t.customer_id = %s AND t.state = 'resolved'
           AND t.ended_at > clock_timestamp() - make_interval(days => %s)
           ORDER BY t.ended_at DESC LIMIT 1""",
        customer_id,
        days,
    )


# -- views -----------------------------------------------------------------------------------------


def for_customer(ticket: Ticket, standing: Standing | None = None) -> Json:
    """The ticket as its customer may see it: no notes, no skills, no money."""
    if ticket.state == states.WAITING and standing is None:
        standing = ticket.standing or lines.standings([ticket.pk]).get(ticket.pk)
    agent = ticket.agent
    return {
        "id": str(ticket.pk),
        "client_id": str(ticket.client_id),
        "state": ticket.state,
        "topic": ticket.queue.slug,
        "topic_name": ticket.queue.name,
        "language": ticket.language,
        "position": standing.position if standing else None,
        "estimated_wait_s": standing.wait_s if standing else None,
        "agent": {"name": agent.name, "photo": agent.photo or None} if agent else None,
        "later": {"offered": later.is_offered(ticket), "email": ticket.later_email or None},
        "last_seq": ticket.last_seq,
        "read_seq": ticket.agent_read_seq,
        "own_read_seq": ticket.customer_read_seq,
        "opened_at": iso(ticket.opened_at),
        "ended_at": iso(ticket.ended_at),
        "rated": ticket.state == states.RESOLVED and hasattr(ticket, "rating"),
        "as_of": as_of(ticket),
    }


def for_agent(ticket: Ticket) -> Json:
    """The ticket as its agent may see it."""
    mine = open_assignment(ticket)
    return {
        "id": str(ticket.pk),
        "state": ticket.state,
        "desk": {"key": ticket.desk.key, "name": ticket.desk.name},
        "topic": ticket.queue.slug,
        "topic_name": ticket.queue.name,
        "language": ticket.language,
        "customer": {"name": ticket.customer.name, "locale": ticket.customer.locale},
        "note": ticket.note,
        "last_seq": ticket.last_seq,
        "read_seq": ticket.customer_read_seq,
        "own_read_seq": ticket.agent_read_seq,
        "opened_at": iso(ticket.opened_at),
        "waiting_since": iso(ticket.waiting_since),
        "assigned_at": iso(ticket.assigned_at),
        "follows": str(ticket.follows_id) if ticket.follows_id else None,
        "owed_since": iso(ticket.owed_since) if mine else None,
        "nudges": duty.nudges(ticket, mine) if mine else 0,
        "hand_over_at": iso(duty.hand_over_at(ticket, mine)) if mine else None,
        "baton": baton.handed(ticket, mine),
        "own_baton": baton.own(mine),
        "idle": ticket.idle_since is not None,
        "as_of": as_of(ticket),
    }


def message_view(message: Message) -> Json:
    """A message as both sides see it."""
    return {
        "seq": message.seq,
        "id": str(message.pk),
        "client_id": str(message.client_id),
        "sender": message.sender,
        "text": message.text,
        "attachments": message.attachments,
        "at": iso(message.at),
    }


def messages_after(ticket: Ticket, after: int, limit: int = PAGE) -> Json:
    """The messages with seq > `after`, ascending and gapless, and where the ticket stands."""
    rows = Message.objects.filter(ticket_id=ticket.pk, seq__gt=after).order_by("seq")[:limit]
    return {"messages": [message_view(row) for row in rows], "last_seq": ticket.last_seq}


SPEAKS_TTL_S = 5.0
_speaks: dict[tuple[UUID, str], tuple[float, bool]] = {}


def speaks(desk_id: UUID, language: str) -> bool:
    """Whether any agent of the desk works in this language, online or not. At most SPEAKS_TTL_S old."""
    key = (desk_id, language)
    at, known = _speaks.get(key, (float("-inf"), False))
    if time.monotonic() - at < SPEAKS_TTL_S:
        return known
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT 1 FROM tickets_desk_agents d
                   JOIN agents_agentlanguage l ON l.agent_id = d.agent_id
                   WHERE d.desk_id = %s AND l.code = %s)""",
            [desk_id, language],
        )
        known = bool(cursor.fetchone()[0])
    if len(_speaks) > 10_000:
        _speaks.clear()
    _speaks[key] = (time.monotonic(), known)
    return known


def changed_standings() -> list[tuple[Ticket, Standing]]:
    """Waiting tickets whose place or wait is news to their customer. See `lines.news`."""
    news = lines.news()
    if not news:
        return []
    return [(ticket, news[ticket.pk]) for ticket in with_names().filter(pk__in=news)]


# -- for agents' pages -------------------------------------------------------------------------------


def today(agent_id: UUID) -> Json:
    """What an agent did since midnight UTC: conversations ended, minutes in them, mean rating."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), coalesce(sum(extract(epoch FROM a.ended_at - a.started_at)), 0),
                      avg(r.score) FILTER (WHERE c.state IS DISTINCT FROM 'accepted')
               FROM tickets_assignment a
               LEFT JOIN tickets_rating r ON r.ticket_id = a.ticket_id
               LEFT JOIN tickets_contest c ON c.rating_id = r.ticket_id
               WHERE a.agent_id = %s AND a.ended_at >= date_trunc('day', now())""",
            [agent_id],
        )
        conversations, seconds, rating = cursor.fetchone()
    return {
        "conversations": conversations,
        "minutes": round(float(seconds) / 60, 1),
        "rating": round(float(rating), 2) if rating is not None else None,
    }
