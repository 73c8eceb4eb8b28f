"""Answers for customers who could not wait: when that is offered, and what is still to be mailed."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from core import sql
from tickets import states
from tickets.models import Ticket

LAST_STEP_TTL_S = 2.0
_last_steps: dict[UUID, tuple[float, int | None]] = {}

ENDED = (states.RESOLVED, states.ABANDONED)

# Nobody has said anything for `quiet` seconds, and there is more than was mailed; or all is over, and
# the address has served its purpose.
DUE = """
    FROM tickets_ticket t
    JOIN tickets_message m ON m.ticket_id = t.id AND m.seq = t.last_seq
    WHERE t.later_email > '' AND (t.mailed_seq < t.last_seq OR t.state = ANY(%(ended)s))
      AND m.at < clock_timestamp() - make_interval(secs => %(quiet)s)
      AND coalesce(t.mail_not_before <= clock_timestamp(), true)
"""


def reachable(address: str) -> bool:
    """Whether a mail could be written to this address at all: a full domain name that the DNS can
    hold (RFC 5890), and nothing that can't be printed. Of forms like kim@[192.0.2.1] none is."""
    domain = address.rpartition("@")[2]
    try:
        domain.encode("idna")
    except UnicodeError:
        return False
    return address.isprintable() and "." in domain and not domain.startswith("[")


def is_offered(ticket: Ticket) -> bool:
    """Whether the customer may leave an address: the last step is open, and still nobody came."""
    if ticket.state != states.WAITING or not ticket.step:
        return False
    last = _last_step(ticket.queue_id)
    return last is not None and ticket.step >= last


def _last_step(queue_id: UUID) -> int | None:
    """The height of the queue's last step, None without one. At most LAST_STEP_TTL_S old."""
    at, known = _last_steps.get(queue_id, (float("-inf"), None))
    if time.monotonic() - at < LAST_STEP_TTL_S:
        return known
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE s.after_s <= l.after_s) FROM tickets_ladderstep s
               JOIN tickets_ladderstep l ON l.queue_id = s.queue_id AND l.is_last
               WHERE s.queue_id = %s""",
            [queue_id],
        )
        known = cursor.fetchone()[0] or None
    if len(_last_steps) > 10_000:
        _last_steps.clear()
    _last_steps[queue_id] = (time.monotonic(), known)
    return known


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent said."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be mailed about one ticket: what agents `said` up to `upto` and she has not read.

    `mailed` is what was sent before, `quiet_s` how long nobody has said anything. Nothing said means
    that there is nothing to send.
    """

    ticket_id: UUID
    email: str
    locale: str
    desk_key: str
    desk_name: str
    mailed: int
    upto: int
    quiet_s: float
    said: tuple[Said, ...]


def is_due() -> bool:
    """Whether anything is to be mailed, or an address to be forgotten."""
    with sql.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 {DUE})", _params())
        return bool(cursor.fetchone()[0])


def due(limit: int) -> list[Letter]:
    """What is to be mailed now, the longest quiet first."""
    with sql.cursor() as cursor:
        cursor.execute(
            f"""WITH due AS (SELECT t.*, m.at AS quiet_since {DUE} ORDER BY m.at LIMIT %(limit)s)
                SELECT due.id, due.later_email, c.locale, d.key, d.name, due.mailed_seq,
                    due.last_seq, extract(epoch FROM clock_timestamp() - due.quiet_since)::float8,
                    s.names, s.texts
                FROM due JOIN tickets_desk d ON d.id = due.desk_id
                JOIN tickets_customer c ON c.id = due.customer_id
                CROSS JOIN LATERAL (
                    SELECT coalesce(array_agg(coalesce(a.name, '') ORDER BY m.seq), '{{}}') AS names,
                           coalesce(array_agg(m.text ORDER BY m.seq), '{{}}') AS texts
                    FROM tickets_message m LEFT JOIN agents_agent a ON a.id = m.agent_id
                    WHERE m.ticket_id = due.id AND m.sender = 'agent' AND m.seq <= due.last_seq
                      AND m.seq > greatest(due.mailed_seq, due.customer_read_seq)
                ) s ORDER BY due.quiet_since""",
            {**_params(), "limit": limit},
        )
        rows = cursor.fetchall()
    letters = []
    for ticket_id, email, locale, key, name, mailed, upto, quiet_s, names, texts in rows:
        said = tuple(Said(*pair) for pair in zip(names, texts, strict=True))
        letters.append(Letter(ticket_id, email, locale, key, name, mailed, upto, quiet_s, said))
    return letters


def _params() -> dict[str, Any]:
    return {"quiet": settings.MAIL_AFTER_S, "ended": list(ENDED)}
