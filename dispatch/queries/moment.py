"""The house as it was at a moment, from the logs: who was there, and how much she had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agents.presence import RECENT_HALF_S
from core import sql
from dispatch.matching.types import Agent
from tickets import profiles


@dataclass(frozen=True, slots=True)
class Seen:
    """An agent at a moment; `since_offer_s` is the time since she was last offered anything."""

    presence: str
    agent: Agent
    since_offer_s: float | None


def agents_at(at: datetime, agent_ids: Iterable[UUID] | None = None) -> dict[UUID, Seen]:
    """These agents (or all who were online) just before `at`.

    Languages, skills and capacity are today's: they change seldom, and are no moves.
    """
    with sql.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.agent_id, was.now, p.capacity, p.taken,
                extract(epoch FROM %(at)s::timestamptz - was.at)::float8,
                coalesce(talk.slots, 0) + coalesce(ring.slots, 0),
                extract(epoch FROM %(at)s::timestamptz - greatest(talk.ended, ring.ended))::float8,
                coalesce(ring.recent, 0),
                extract(epoch FROM %(at)s::timestamptz - ring.made)::float8
            FROM agents_presence p
            CROSS JOIN LATERAL (
                SELECT l.now, l.at FROM agents_presencelog l
                WHERE l.of_id = p.agent_id AND l.at < %(at)s::timestamptz
                ORDER BY l.at DESC, l.id DESC LIMIT 1) was
            LEFT JOIN LATERAL (
                SELECT sum(a.slots) FILTER (WHERE a.ended_at IS NULL
                           OR greatest(a.ended_at, a.wrap_until) >= %(at)s::timestamptz) AS slots,
                       max(a.ended_at) FILTER (WHERE a.ended_at < %(at)s::timestamptz) AS ended
                FROM tickets_assignment a
                WHERE a.agent_id = p.agent_id AND a.started_at < %(at)s::timestamptz
                  AND a.started_at > %(at)s::timestamptz - interval '1 day') talk ON true
            LEFT JOIN LATERAL (
                SELECT sum(o.slots) FILTER (WHERE o.decided_at IS NULL
                           OR o.decided_at >= %(at)s::timestamptz) AS slots,
                       max(o.decided_at) FILTER (WHERE o.decided_at < %(at)s::timestamptz) AS ended,
                       max(o.made_at) AS made,
                       sum(power(0.5, extract(epoch FROM %(at)s::timestamptz - o.made_at)
                           / %(half)s))::float8 AS recent
                FROM dispatch_offer o
                WHERE o.agent_id = p.agent_id AND o.made_at < %(at)s::timestamptz
                  AND o.made_at > %(at)s::timestamptz - interval '8 hours') ring ON true
            WHERE CASE WHEN %(ids)s::uuid[] IS NULL THEN was.now = 'online'
                  ELSE p.agent_id = ANY(%(ids)s::uuid[]) END
            """,
            {
                "at": at,
                "half": RECENT_HALF_S,
                "ids": None if agent_ids is None else list(agent_ids),
            },
        )
        rows = cursor.fetchall()
    known = profiles.get([row[0] for row in rows])
    seen = {}
    for id, presence, capacity, taken, since_s, load, ended_s, recent, offer_s in rows:
        profile = known[id]
        idle_s = since_s if ended_s is None else min(since_s, ended_s)
        agent = Agent(
            id=id,
            desks=profile.desks,
            languages=profile.languages,
            skills=profile.skills,
            load=load,
            capacity=capacity,
            idle_s=max(0.0, idle_s),
            recent=recent,
            taken=taken,
        )
        seen[id] = Seen(presence, agent, offer_s)
    return seen
