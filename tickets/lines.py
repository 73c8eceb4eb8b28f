"""The lines: where waiting tickets stand, and when a person will answer them.

A line is what waits for the same people: one queue, one language, one step of the ladder. What an
estimate needs of agents is read at most every LINE_TTL_S; estimates need not be newer.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from django.conf import settings

from agents.presence import REACHABLE
from core import sql
from tickets import catalogue, estimate, profiles, states
from tickets.catalogue import QueueRow
from tickets.estimate import Stage
from tickets.ladder import Need
from tickets.models import Ticket

LINE_TTL_S = 2.0
MEASURED_TTL_S = 10.0
# So many tickets are asked for one by one; for more it is cheaper to read all that wait.
FEW = 5
# How many of a queue's last conversations its times are measured by.
LATELY = 50

Key: TypeAlias = tuple[UUID, str, int, bool]
"""Queue, language, step, and whether only supervisors are asked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiting ticket's place in its line (1 is next) and its expected wait in seconds.

    `wait_s` is None when nobody who could answer is online: then no number would be honest.
    `model_s` is the same before it was corrected by experience.
    """

    position: int
    wait_s: int | None
    model_s: int | None = None


def standings(ticket_ids: Iterable[UUID] | None = None) -> dict[UUID, Standing]:
    """Where the given (or all) waiting tickets stand in their lines."""
    if ticket_ids is None:
        return _all()
    some = list(ticket_ids)
    if len(some) <= FEW:
        return _some(some)
    every = _all()
    return {ticket_id: every[ticket_id] for ticket_id in some if ticket_id in every}


def _all() -> dict[UUID, Standing]:
    with sql.cursor() as cursor:
        cursor.execute(
            """SELECT id, queue_id, language, step, for_supervisor,
                   extract(epoch FROM clock_timestamp() - waiting_since)::float8
               FROM tickets_ticket WHERE state = 'waiting' ORDER BY waiting_since, id"""
        )
        rows = cursor.fetchall()
    house = _house({row[1] for row in rows}) if rows else _House()
    ahead: dict[Key, int] = {}
    places: dict[tuple[UUID, str], int] = {}
    found = {}
    for ticket_id, *kind, waited_s in rows:
        key: Key = tuple(kind)
        place = places[key[:2]] = places.get(key[:2], 0) + 1
        found[ticket_id] = house.standing(key, place, ahead, waited_s)
        ahead[key] = ahead.get(key, 0) + 1
    return found


def _some(ticket_ids: list[UUID]) -> dict[UUID, Standing]:
    found = {}
    for ticket_id in ticket_ids:
        with sql.cursor() as cursor:
            cursor.execute(
                """SELECT t.queue_id, t.language, t.step, t.for_supervisor,
                       extract(epoch FROM clock_timestamp() - t.waiting_since)::float8,
                       w.queue_id, w.language, w.step, w.for_supervisor, count(w.id)
                   FROM tickets_ticket t LEFT JOIN tickets_ticket w ON w.state = 'waiting'
                       AND (w.waiting_since, w.id) < (t.waiting_since, t.id)
                   WHERE t.id = %s AND t.state = 'waiting'
                   GROUP BY t.id, w.queue_id, w.language, w.step, w.for_supervisor""",
                [ticket_id],
            )
            rows = cursor.fetchall()
        if not rows:
            continue
        ahead = {row[5:9]: row[9] for row in rows if row[9]}
        found[ticket_id] = _last(ahead, rows[0][:4], rows[0][4])
    return found


# For a statement that opens a ticket: how many wait in each line, as JSON for `arriving`.
AHEAD = """(SELECT json_agg(json_build_array(w.queue_id, w.language, w.step, w.for_supervisor, w.n))::text
    FROM (SELECT queue_id, language, step, for_supervisor, count(*) AS n
          FROM tickets_ticket WHERE state = 'waiting' GROUP BY 1, 2, 3, 4) w)"""


def arriving(queue_id: UUID, language: str, ahead: str | None) -> Standing:
    """Where a ticket stands that comes just now, behind all those that AHEAD has counted."""
    lines: dict[Key, int] = {
        (UUID(queue), *kind): n for queue, *kind, n in json.loads(ahead or "[]")
    }
    return _last(lines, (queue_id, language, 0, False), 0.0)


def _last(ahead: dict[Key, int], key: Key, waited_s: float) -> Standing:
    """Where a ticket of line `key` stands with so many of each line before it."""
    place = 1 + sum(count for line, count in ahead.items() if line[:2] == key[:2])
    house = _house({key[0], *(line[0] for line in ahead)})
    return house.standing(key, place, ahead, waited_s)


@dataclass(frozen=True, slots=True)
class _Seat:
    """An agent who is online, as far as estimates go."""

    profile: profiles.Profile
    capacity: int
    load: int


@dataclass(frozen=True, slots=True)
class _Measured:
    """A queue's times, in seconds, and how its predictions came true."""

    handle_s: float
    pickup_s: float
    factor: float


@dataclass(slots=True)
class _House:
    """Who is online, and, as far as anybody asked, who of them serves which line."""

    seats: dict[UUID, _Seat] = field(default_factory=dict)
    speakers: dict[str, list[UUID]] = field(default_factory=dict)
    queues: dict[UUID, QueueRow] = field(default_factory=dict)
    able: dict[tuple[UUID, str, tuple[int, ...] | None], frozenset[UUID]] = field(
        default_factory=dict
    )
    shares: dict[tuple[Key, Key], float] = field(default_factory=dict)
    counted: dict[Key, tuple[int, int]] = field(default_factory=dict)

    def standing(self, key: Key, position: int, ahead: dict[Key, int], waited_s: float) -> Standing:
        """Of a ticket of line `key`, with so many tickets of each line waiting longer."""
        queue = self.queues[key[0]]
        measured = _measured(queue)
        stages = self._stages(queue, key, ahead)
        model, told = (
            estimate.wait_s(
                stages,
                position=position,
                waited_s=waited_s,
                handle_s=measured.handle_s,
                pickup_s=measured.pickup_s,
                factor=factor,
            )
            for factor in (1.0, measured.factor)
        )
        return Standing(
            position, None if told is None else round(told), None if model is None else round(model)
        )

    def _stages(self, queue: QueueRow, key: Key, ahead: dict[Key, int]) -> list[Stage]:
        _, language, step, for_supervisor = key
        stages = []
        last = step if for_supervisor else len(queue.rungs) - 1
        for height in range(min(step, last), last + 1):
            here: Key = (queue.id, language, height, for_supervisor)
            slots, free = self._count(queue, here)
            # A ticket that is as high as it stands has reached that step, whatever its age.
            from_s = 0.0 if height <= step else queue.steps[height - 1].after_s
            stages.append(
                Stage(
                    from_s=from_s,
                    slots=slots,
                    free=free,
                    rivals=sum(
                        count * self._share(here, other)
                        for other, count in ahead.items()
                        if other[:2] != key[:2]
                    ),
                )
            )
        return stages

    def _count(self, queue: QueueRow, line: Key) -> tuple[int, int]:
        """How many conversations of this line fit into the slots of who serves it, and into free ones."""
        found = self.counted.get(line)
        if found is None:
            seats = [self.seats[agent_id] for agent_id in self._able(line)]
            found = self.counted[line] = (
                sum(seat.capacity // queue.slots for seat in seats),
                sum(max(0, seat.capacity - seat.load) // queue.slots for seat in seats),
            )
        return found

    def _able(self, key: Key) -> frozenset[UUID]:
        queue_id, language, step, for_supervisor = key
        queue = self.queues[queue_id]
        step = min(step, len(queue.rungs) - 1)
        kept = (queue_id, language, None if for_supervisor else (step,))
        found = self.able.get(kept)
        if found is None:
            found = self.able[kept] = frozenset(
                agent_id
                for need in queue.needs(step, for_supervisor)
                for agent_id in self._of_language(need, language)
                if queue.desk_id in self.seats[agent_id].profile.desks
                and self.seats[agent_id].capacity >= queue.slots
                and need.met_by(
                    language,
                    self.seats[agent_id].profile.languages,
                    self.seats[agent_id].profile.skills,
                )
            )
        return found

    def _of_language(self, need: Need, language: str) -> Iterable[UUID]:
        return self.speakers.get(language, ()) if need.language_level else self.seats

    def _share(self, line: Key, rival: Key) -> float:
        """How much of what serves `rival` could serve `line` too, 0 to 1."""
        share = self.shares.get((line, rival))
        if share is None:
            theirs = self._able(rival)
            both = theirs & self._able(line)
            slots = sum(self.seats[agent_id].capacity for agent_id in theirs)
            share = (
                sum(self.seats[agent_id].capacity for agent_id in both) / slots if slots else 0.0
            )
            self.shares[line, rival] = share
        return share


_kept: tuple[float, _House] = (float("-inf"), _House())


def _house(queue_ids: set[UUID]) -> _House:
    """Who is online, at most LINE_TTL_S old, and newer than the newest of these queues."""
    global _kept
    at, house = _kept
    if time.monotonic() - at > LINE_TTL_S or not queue_ids <= house.queues.keys():
        house = _read_house()
        _kept = time.monotonic(), house
    return house


def _read_house() -> _House:
    with sql.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.agent_id, a.profile_version, p.capacity, p.load FROM agents_presence p
                JOIN agents_agent a ON a.id = p.agent_id WHERE {REACHABLE}""",
            {"ttl": settings.PRESENCE_TTL_S},
        )
        rows = cursor.fetchall()
    known = profiles.of({row[0]: row[1] for row in rows})
    house = _House(queues=catalogue.queues())
    for agent_id, _version, capacity, load in rows:
        house.seats[agent_id] = _Seat(known[agent_id], capacity, load)
        for language in known[agent_id].languages:
            house.speakers.setdefault(language, []).append(agent_id)
    return house


_times: dict[UUID, tuple[float, _Measured]] = {}


def _measured(queue: QueueRow) -> _Measured:
    """The queue's times, at most MEASURED_TTL_S old."""
    at, known = _times.get(queue.id, (float("-inf"), None))
    if known is not None and time.monotonic() - at < MEASURED_TTL_S:
        return known
    with sql.cursor() as cursor:
        cursor.execute(
            """
            WITH lately AS (
                SELECT extract(epoch FROM a.ended_at - a.started_at)::float8 AS handle,
                       extract(epoch FROM a.started_at - t.waiting_since)::float8 AS wait,
                       t.predicted_wait_s AS model,
                       NOT EXISTS (SELECT 1 FROM tickets_assignment b
                                   WHERE b.ticket_id = a.ticket_id AND b.id < a.id) AS first
                FROM tickets_assignment a JOIN tickets_ticket t ON t.id = a.ticket_id
                WHERE t.queue_id = %s AND a.ended_at IS NOT NULL
                ORDER BY a.ended_at DESC LIMIT %s
            )
            SELECT avg(handle), percentile_cont(0.25) WITHIN GROUP (ORDER BY wait)
                       FILTER (WHERE first),
                   array_agg(wait / model) FILTER (WHERE first AND model > 0)
            FROM lately
            """,
            [queue.id, LATELY],
        )
        handle_s, quickest_s, ratios = cursor.fetchone()
    # A quarter find somebody free: what they wait is what picking up takes.
    pickup_s = queue.offer_timeout_s / 2
    if quickest_s is not None:
        pickup_s = min(max(1.0, quickest_s), float(queue.offer_timeout_s))
    fresh = _Measured(
        handle_s=handle_s or queue.expected_minutes * 60.0,
        pickup_s=pickup_s,
        factor=estimate.learned(ratios or []),
    )
    if len(_times) > 10_000:
        _times.clear()
    _times[queue.id] = (time.monotonic(), fresh)
    return fresh


def news() -> dict[UUID, Standing]:
    """Waiting tickets whose place or expected wait differs from what their customer was told.

    Writes down what is told now, and the first time also what the model predicted. A wait that
    moved by less than a fifth is not news.
    """
    current = _all()
    if not current:
        return {}
    told = Ticket.objects.filter(state=states.WAITING).values_list(
        "id", "told_position", "told_wait_s"
    )
    changed: dict[UUID, Standing] = {}
    for ticket_id, position, wait_s in told:
        standing = current.get(ticket_id)
        if standing and (standing.position != position or _differs(standing.wait_s, wait_s)):
            changed[ticket_id] = standing
    if not changed:
        return {}
    rows = changed.values()
    with sql.cursor() as cursor:
        cursor.execute(
            """WITH n AS (SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[])
                          AS n(id, position, wait, model)),
               held AS (SELECT t.id FROM tickets_ticket t JOIN n ON n.id = t.id
                        WHERE t.state = 'waiting' ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED)
               UPDATE tickets_ticket t SET told_position = n.position, told_wait_s = n.wait,
                   predicted_wait_s = coalesce(t.predicted_wait_s, n.model)
               FROM n JOIN held ON held.id = n.id WHERE t.id = n.id RETURNING t.id""",
            [
                list(changed),
                [standing.position for standing in rows],
                [standing.wait_s for standing in rows],
                [standing.model_s for standing in rows],
            ],
        )
        # Only those whose row we hold now: one that somebody is just accepting must not be told
        # that it waits.
        return {row[0]: changed[row[0]] for row in cursor.fetchall()}


def _differs(new: int | None, old: int | None) -> bool:
    if new is None or old is None:
        return new is not old
    return abs(new - old) > max(10, old / 5)
