"""Who could take a ticket of a queue now, at each step of its ladder, and why the others could not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from agents.presence import REACHABLE
from core import sql
from dispatch.queries.caps import taken_of
from tickets import catalogue, profiles
from tickets.catalogue import QueueRow
from tickets.profiles import Profile


@dataclass(frozen=True, slots=True)
class Height:
    """Once `step` steps are open, after `after_s` of waiting: the names of who could take one `now`,
    and each of the `others` with one word for why not."""

    step: int
    after_s: float
    now: list[str]
    others: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Seat:
    name: str
    profile: Profile
    # Why she could take nothing of this queue now, whatever it asks for; empty when she could.
    busy: str


def who_could(queue_id: UUID) -> dict[str, list[Height]]:
    """By language in which tickets of the queue can come, the desk's own first."""
    queue = catalogue.queues([queue_id])[queue_id]
    with sql.cursor() as cursor:
        cursor.execute("SELECT language FROM tickets_desk WHERE id = %s", [queue.desk_id])
        own = cursor.fetchone()[0]
    seats = _seats(queue)
    spoken = {language for seat in seats for language in seat.profile.languages}
    return {
        language: [_height(queue, step, language, seats) for step in range(len(queue.rungs))]
        for language in [own, *sorted(spoken - {own})]
    }


def _height(queue: QueueRow, step: int, language: str, seats: list[_Seat]) -> Height:
    now, others = [], []
    for seat in seats:
        why = _unfit(queue, step, language, seat.profile) or seat.busy
        if why:
            others.append((seat.name, why))
        else:
            now.append(seat.name)
    return Height(step, queue.steps[step - 1].after_s if step else 0, now, others)


def _unfit(queue: QueueRow, step: int, language: str, profile: Profile) -> str:
    if queue.open_to(profile, language, step, False):
        return ""
    asked = queue.rung(step).needs[0]
    if profile.languages.get(language, 0) < asked.language_level:
        return _("language")
    return _("skill")


def _seats(queue: QueueRow) -> list[_Seat]:
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.agent_id, a.profile_version, a.name, p.state, {REACHABLE}, p.load, p.capacity,
                    p.offered_at > clock_timestamp() - make_interval(secs => %(spacing)s)
                FROM agents_presence p
                JOIN agents_agent a ON a.id = p.agent_id
                JOIN agents_user u ON u.id = a.user_id AND u.is_active
                JOIN tickets_desk_agents d ON d.agent_id = a.id AND d.desk_id = %(desk)s
                ORDER BY a.name, a.id""",
            {
                "ttl": settings.PRESENCE_TTL_S,
                "spacing": queue.spacing_s,
                "desk": queue.desk_id,
            },
        )
        rows = cursor.fetchall()
    known = profiles.of({row[0]: row[1] for row in rows})
    taken = (
        {agent_id: count for agent_id, _queue, count in taken_of([queue.id])}
        if queue.agent_cap
        else {}
    )
    return [_Seat(row[2], known[row[0]], _busy(queue, row, taken)) for row in rows]


def _busy(queue: QueueRow, row: tuple[Any, ...], taken: Mapping[UUID, int]) -> str:
    agent_id, _version, _name, state, reachable, load, capacity, just_offered = row
    words = {"offline": _("offline"), "paused": _("paused"), "finishing": _("finishing")}
    if state in words:
        return words[state]
    if not reachable:
        return _("unreachable")
    if load + queue.slots > capacity:
        return _("full")
    if queue.agent_cap and taken.get(agent_id, 0) >= queue.agent_cap:
        return _("cap")
    return _("spacing") if just_offered else ""
