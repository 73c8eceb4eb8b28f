"""Call-ins: agents who are off duty are asked to come for a ticket that nobody else took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from core import sql
from dispatch import queries
from realtime import groups
from realtime.events import CallIn
from realtime.publish import publish
from tickets import ladder, profiles
from tickets.catalogue import QueueRow
from tickets.profiles import Profile


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket, at this step of its queue's ladder, that somebody should come for."""

    id: UUID
    queue: QueueRow
    language: str
    step: int


@dataclass(frozen=True, slots=True)
class _OffDuty:
    id: UUID
    profile: Profile
    called_at: datetime | None


def call(wanted: Sequence[Wanted]) -> int:
    """Ask up to CALL_INS agents for each ticket, the longest waiting first; returns how many.

    Asked are those who are offline, may take the ticket at its step and were not called within
    CALL_IN_PAUSE_S: who comes nearest to what the queue itself asks for first, then who was called
    longest ago. Inside the caller's transaction, which lets nobody else call at the same time.
    """
    if not wanted:
        return 0
    off_duty = _off_duty({each.queue.desk_id for each in wanted})
    if not off_duty:
        return 0
    before = _called_before([each.id for each in wanted])
    nearest: dict[tuple[UUID, str, int], list[UUID]] = {}
    pairs: list[tuple[Wanted, UUID]] = []
    busy: set[UUID] = set()
    for each in wanted:
        kind = (each.queue.id, each.language, each.step)
        if kind not in nearest:
            nearest[kind] = _nearest(each, off_duty)
        chosen = [
            agent_id
            for agent_id in nearest[kind]
            if agent_id not in busy and (each.id, agent_id) not in before
        ][: settings.CALL_INS]
        busy.update(chosen)
        pairs += [(each, agent_id) for agent_id in chosen]
    _write(pairs)
    return len(pairs)


def _off_duty(desk_ids: set[UUID]) -> list[_OffDuty]:
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, a.profile_version, c.at FROM agents_agent a
               JOIN agents_user u ON u.id = a.user_id AND u.is_active
               JOIN agents_presence p ON p.agent_id = a.id AND p.state = 'offline'
               LEFT JOIN LATERAL (SELECT at FROM dispatch_callin WHERE agent_id = a.id
                                  ORDER BY at DESC LIMIT 1) c ON true
               WHERE EXISTS (SELECT 1 FROM tickets_desk_agents d
                             WHERE d.agent_id = a.id AND d.desk_id = ANY(%s))
                 AND NOT EXISTS (SELECT 1 FROM fairness_suspension s
                                 WHERE s.agent_id = a.id AND s.state = 'in_force'
                                   AND coalesce(s.until > clock_timestamp(), true))
                 AND coalesce(c.at < clock_timestamp() - make_interval(secs => %s), true)""",
            [list(desk_ids), settings.CALL_IN_PAUSE_S],
        )
        rows = cursor.fetchall()
    known = profiles.of({row[0]: row[1] for row in rows})
    return [_OffDuty(id, known[id], called_at) for id, _version, called_at in rows]


def _called_before(ticket_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT ticket_id, agent_id FROM dispatch_callin WHERE ticket_id = ANY(%s)",
            [list(ticket_ids)],
        )
        return set(cursor.fetchall())


def _nearest(wanted: Wanted, off_duty: Sequence[_OffDuty]) -> list[UUID]:
    asked = wanted.queue.rungs[0].needs[0]

    def order(each: _OffDuty) -> tuple[int, float, UUID]:
        missing = ladder.shortfall(
            asked, wanted.language, each.profile.languages, each.profile.skills
        )
        return missing, each.called_at.timestamp() if each.called_at else 0.0, each.id

    able = [
        each
        for each in off_duty
        if wanted.queue.open_to(each.profile, wanted.language, wanted.step, False)
    ]
    return [each.id for each in sorted(able, key=order)]


def _write(pairs: Sequence[tuple[Wanted, UUID]]) -> None:
    if not pairs:
        return
    multipliers = [each.queue.rung(each.step).pay_multiplier for each, _agent in pairs]
    with sql.cursor() as cursor:
        cursor.execute(
            """INSERT INTO dispatch_callin (ticket_id, agent_id, at, pay_multiplier)
               SELECT ticket_id, agent_id, clock_timestamp(), pay_multiplier
               FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[])
                   AS c(ticket_id, agent_id, pay_multiplier)
               ON CONFLICT (ticket_id, agent_id) DO NOTHING
               RETURNING ticket_id, agent_id, id, at""",
            [[each.id for each, _ in pairs], [agent_id for _, agent_id in pairs], multipliers],
        )
        made = {row[:2]: row[2:] for row in cursor.fetchall()}
    events: list[Any] = []
    for (each, agent_id), multiplier in zip(pairs, multipliers, strict=True):
        if (each.id, agent_id) in made:
            id, at = made[each.id, agent_id]
            shown = queries.call_in_view(
                id, each.id, each.queue.name, each.language, multiplier, at
            )
            events.append((groups.agent(agent_id), CallIn(shown)))
    publish(*events)


def answered(agent_ids: Sequence[UUID]) -> None:
    """These agents have come online: that answers what they were called for within the last
    CALL_IN_PAUSE_S, and what still waits."""
    with sql.cursor() as cursor:
        cursor.execute(
            """UPDATE dispatch_callin c SET answered_at = clock_timestamp()
               FROM tickets_ticket t
               WHERE c.agent_id = ANY(%s) AND c.answered_at IS NULL AND t.id = c.ticket_id AND (
                   t.state = 'waiting' OR c.at > clock_timestamp() - make_interval(secs => %s))""",
            [list(agent_ids), settings.CALL_IN_PAUSE_S],
        )
