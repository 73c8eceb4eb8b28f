"""Reading the logs of a time. Every moment is in seconds from its beginning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import sql

MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Came:
    """A customer who asked for a person at `at_s`; None for what did not happen."""

    id: UUID
    queue: UUID
    language: str
    step: int
    at_s: float
    left_s: float | None
    had: tuple[tuple[UUID, float, float | None], ...]
    previous: UUID | None


def came(begin: datetime, end: datetime) -> list[Came]:
    """Customers who asked for a person in this time, in order."""
    with sql.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.id, t.queue_id, t.language, t.step,
                extract(epoch FROM w.at - %(begin)s::timestamptz)::float8,
                extract(epoch FROM l.at - %(begin)s::timestamptz)::float8, f.agent_id
            FROM tickets_ticket t
            JOIN LATERAL (SELECT min(at) AS at FROM tickets_ticketlog
                          WHERE of_id = t.id AND now = 'waiting') w ON true
            JOIN LATERAL (SELECT min(at) AS at FROM tickets_ticketlog
                          WHERE of_id = t.id AND now = 'abandoned') l ON true
            LEFT JOIN tickets_ticket f ON f.id = t.follows_id
            WHERE t.opened_at >= %(begin)s::timestamptz - interval '1 day'
              AND t.opened_at < %(end)s::timestamptz
              AND w.at >= %(begin)s::timestamptz AND w.at < %(end)s::timestamptz
            ORDER BY w.at, t.id
            """,
            {"begin": begin, "end": end},
        )
        rows = cursor.fetchall()
        cursor.execute(
            """SELECT ticket_id, agent_id,
                   extract(epoch FROM started_at - %(begin)s::timestamptz)::float8,
                   extract(epoch FROM ended_at - %(begin)s::timestamptz)::float8
               FROM tickets_assignment WHERE ticket_id = ANY(%(ids)s) ORDER BY started_at, id""",
            {"begin": begin, "ids": [row[0] for row in rows]},
        )
        had: dict[UUID, list[tuple[UUID, float, float | None]]] = defaultdict(list)
        for ticket_id, *one in cursor.fetchall():
            had[ticket_id].append(tuple(one))
    return [
        Came(id, queue, language, step, at_s, left_s, tuple(had[id]), previous)
        for id, queue, language, step, at_s, left_s, previous in rows
    ]


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer; `decided_s` is None while it is open, `delivered_s` when no phone drew it."""

    ticket: UUID
    agent: UUID
    state: str
    reason: str
    slots: int
    made_s: float
    delivered_s: float | None
    decided_s: float | None


def offers(begin: datetime, end: datetime) -> list[Offered]:
    """Offers made in this time, in order."""
    with sql.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.ticket_id, o.agent_id, o.state,
                coalesce((SELECT reason FROM dispatch_offerlog
                          WHERE of_id = o.id ORDER BY id DESC LIMIT 1), ''), o.slots,
                extract(epoch FROM o.made_at - %(begin)s::timestamptz)::float8,
                extract(epoch FROM o.delivered_at - %(begin)s::timestamptz)::float8,
                extract(epoch FROM o.decided_at - %(begin)s::timestamptz)::float8
            FROM dispatch_offer o
            WHERE o.made_at >= %(begin)s::timestamptz AND o.made_at < %(end)s::timestamptz
            ORDER BY o.made_at, o.id
            """,
            {"begin": begin, "end": end},
        )
        return [Offered(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Present:
    """When each agent could be offered work, what she can hold, and how long who missed offers
    stayed away. A pause for missed offers is the engine's doing: it is no end of a shift here."""

    online: Mapping[UUID, Sequence[tuple[float, float]]]
    capacity: Mapping[UUID, int]
    taken: Mapping[UUID, int]
    away_s: Sequence[float]


def present(begin: datetime, end: datetime) -> Present:
    """Who was there when."""
    with sql.cursor() as cursor:
        cursor.execute(
            """
            SELECT of_id, at_s, now, reason FROM (
                (SELECT DISTINCT ON (of_id) of_id, 0::float8 AS at_s, now, reason, at, id
                 FROM agents_presencelog WHERE at < %(begin)s::timestamptz
                 ORDER BY of_id, at DESC, id DESC)
                UNION ALL
                SELECT of_id, extract(epoch FROM at - %(begin)s::timestamptz)::float8, now, reason,
                    at, id
                FROM agents_presencelog
                WHERE at >= %(begin)s::timestamptz AND at < %(end)s::timestamptz
            ) moves ORDER BY of_id, at, id
            """,
            {"begin": begin, "end": end},
        )
        moves: dict[UUID, list[tuple[float, str, str]]] = defaultdict(list)
        for agent_id, *move in cursor.fetchall():
            moves[agent_id].append(tuple(move))
        length_s = (end - begin).total_seconds()
        online, away_s = {}, []
        for agent_id, hers in moves.items():
            times, away = _online(hers, length_s)
            away_s += away
            if times:
                online[agent_id] = times
        cursor.execute(
            "SELECT agent_id, capacity, taken FROM agents_presence WHERE agent_id = ANY(%s)",
            [list(online)],
        )
        rows = cursor.fetchall()
    return Present(
        online,
        {agent_id: capacity for agent_id, capacity, _ in rows},
        {agent_id: taken for agent_id, _, taken in rows},
        away_s,
    )


def _online(
    moves: Sequence[tuple[float, str, str]], length_s: float
) -> tuple[list[tuple[float, float]], list[float]]:
    """When she was online by these moves (moment, presence, reason), and absences after misses."""
    times: list[tuple[float, float]] = []
    away: list[float] = []
    since: float | None = None
    paused: float | None = None
    for at, now, reason in moves:
        if now == "online":
            if paused is not None:
                away.append(at - paused)
            elif since is None:
                since = at
            paused = None
        elif since is not None and now == "paused" and reason == MISSED:
            paused = at
        elif since is not None:
            # She was asked, and did not go on: her shift ended when she stopped answering.
            times.append((since, at if paused is None else paused))
            since = paused = None
    if since is not None:
        times.append((since, length_s if paused is None else paused))
    return [(begins, ends) for begins, ends in times if ends > begins], away
