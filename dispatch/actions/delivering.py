"""An agent's phone has drawn an offer: from now on her time to answer runs."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import sql
from core.states import Stale
from dispatch import queries
from dispatch.actions.accepting import accept, accept_all
from realtime import groups
from realtime.events import Json, OfferChanged
from realtime.publish import publish

# The parts of an offer's wire form, in the order of the statement below.
VIEW = (
    "id", "ticket", "state", "topic", "topic_name", "language", "waited_s", "expected_minutes",
    "expires_at", "made_at", "delivered_at", "receipt", "timeout_s", "broadcast", "slots",
    "pay_multiplier", "step",
)  # fmt: skip
# The reason in the log of an offer that became its agent's without her pressing anything.
AUTO_ACCEPTED = "auto-accepted"


def delivered(offer_id: UUID, agent_id: UUID) -> bool:
    """The agent's phone says that it drew the offer. Only the first word counts, and only in time.

    She has the offer's whole `timeout_s` from here on. Who accepts by herself has the conversation
    at once instead.
    """
    return delivered_all([(offer_id, agent_id)]) == 1


def delivered_all(drawn: Sequence[tuple[UUID, UUID]]) -> int:
    """As `delivered`, of offers (offer, agent) that many phones drew; how many of the words counted."""
    if not drawn:
        return 0
    confirmed = _confirm(drawn)
    rest = [pair for pair in drawn if pair[0] not in confirmed]
    return len(confirmed) + (_accept(_to_accept(rest)) if rest else 0)


def fetched(agent_id: UUID) -> Json:
    """The agent's whole state, for her client to draw: to fetch an offer is to confirm it.

    So a client without a socket has the same time to answer. Nothing is written when nothing is new.
    """
    state = queries.me(agent_id)
    while delivered_all([(UUID(offer["id"]), agent_id) for offer in _new(state)]):
        state = queries.me(agent_id)
    return state


def _new(state: Json) -> list[Json]:
    return [offer for offer in state["offers"] if offer["delivered_at"] is None]


def _confirm(drawn: Sequence[tuple[UUID, UUID]]) -> set[UUID]:
    """Note the delivery of those live offers that are not yet confirmed; returns which."""
    with sql.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS (
                SELECT o.id, clock_timestamp() AS at FROM dispatch_offer o
                JOIN unnest(%s::uuid[], %s::uuid[]) AS w(id, agent_id)
                    ON w.id = o.id AND w.agent_id = o.agent_id
                JOIN agents_presence p ON p.agent_id = o.agent_id
                WHERE o.state = 'pending' AND o.delivered_at IS NULL
                  AND o.expires_at > clock_timestamp() AND NOT p.auto_accept
                ORDER BY o.id FOR NO KEY UPDATE OF o
            )
            UPDATE dispatch_offer o
            SET delivered_at = mine.at, expires_at = mine.at + make_interval(secs => o.timeout_s)
            FROM mine, tickets_ticket t, tickets_queue q
            WHERE o.id = mine.id AND t.id = o.ticket_id AND q.id = t.queue_id
            RETURNING o.id, o.ticket_id, o.state, q.slug, q.name, t.language, o.waited_s,
                q.expected_minutes, o.expires_at, o.made_at, o.delivered_at, o.receipt::text,
                o.timeout_s, o.broadcast, o.slots, o.pay_multiplier, t.step, o.agent_id
            """,
            _columns(drawn),
        )
        rows = cursor.fetchall()
    publish(*((groups.agent(row[-1]), OfferChanged(_view(*row[:-1]))) for row in rows))
    return {row[0] for row in rows}


def _columns(pairs: Sequence[tuple[UUID, UUID]]) -> list[list[UUID]]:
    return [[first for first, _ in pairs], [second for _, second in pairs]]


def _view(*row: Any) -> Json:
    values = dict(zip(VIEW, row, strict=True))
    return queries.offer_view(**values | {"receipt": json.loads(values["receipt"])})


def _to_accept(drawn: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """Those unconfirmed live offers whose agents want to accept without a press, the oldest first."""
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT o.id, o.agent_id FROM dispatch_offer o
               JOIN unnest(%s::uuid[], %s::uuid[]) AS w(id, agent_id)
                   ON w.id = o.id AND w.agent_id = o.agent_id
               JOIN agents_presence p ON p.agent_id = o.agent_id
               WHERE o.state = 'pending' AND o.delivered_at IS NULL AND p.auto_accept
               ORDER BY o.made_at, o.id""",
            _columns(drawn),
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _accept(offers: Sequence[tuple[UUID, UUID]]) -> int:
    """Accept these for their agents; how many became theirs."""
    if not offers:
        return 0
    done = accept_all(offers, reason=AUTO_ACCEPTED)
    # What others were asked for too has to be withdrawn from them: one by one.
    return len(done) + sum(_accepted(*offer) for offer in offers if offer[0] not in done)


def _accepted(offer_id: UUID, agent_id: UUID) -> bool:
    try:
        accept(offer_id, agent_id, reason=AUTO_ACCEPTED)
    except Stale:
        # Somebody was first: she is told so by the offer's end.
        return False
    return True
