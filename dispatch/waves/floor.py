"""Who is at work, as this thread last saw it: a wave reads only the agents who have changed.

Every change of what a wave knows of an agent leaves the number of its transaction in the agent's
row (a trigger does it). A reading notes the oldest transaction that was still running; the next
one takes the rows of that one and of all later ones. So it does not matter in which order they
commit: whoever was not visible before has not been noted as seen. Rows that are read twice change
nothing.

What was read is kept only if the wave's own transaction commits; otherwise the next one begins
anew. So does one after `FULL_EVERY_S`, as the remedy for whatever has not been thought of.
"""

import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from agents.presence import ANSWERS, REACHABLE, RECENT_HALF_S
from core import sql
from dispatch.matching.types import Agent
from dispatch.queries.caps import taken_of
from tickets import profiles
from tickets.catalogue import QueueRow

if TYPE_CHECKING:
    from dispatch.matching.crew import Crew

FULL_EVERY_S = 30.0

# Silence makes an agent unreachable, and a heartbeat brings her back, without a change of what has a
# version: whoever is at work and silent is doubted, which means that every reading looks at her.
READ = f"""
    SELECT h.at, h.oldest, h.weights, h.catalogue, d.*
    FROM (SELECT extract(epoch FROM clock_timestamp())::float8 AS at,
            pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
            (SELECT max(version) FROM dispatch_weightset) AS weights,
            (SELECT changed_by::text || '.' || changes FROM tickets_catalogue_version) AS catalogue
    ) h LEFT JOIN (
        SELECT p.agent_id, a.profile_version, p.state = 'online' AND (p.disconnected_at IS NULL OR p.pushes)
                AND {ANSWERS},
            {REACHABLE}, p.load, p.capacity,
            extract(epoch FROM clock_timestamp() - p.idle_since)::float8,
            p.recent * power(0.5, extract(epoch FROM clock_timestamp() - p.recent_at)
                                  / %(half)s)::float8,
            p.taken, extract(epoch FROM p.offered_at)::float8
        FROM agents_presence p JOIN agents_agent a ON a.id = p.agent_id
        WHERE {{whom}}
    ) d ON true
"""
EVERYBODY = READ.format(whom="p.state <> 'offline'")
CHANGED = READ.format(
    whom="""p.agent_id = ANY(ARRAY(
        SELECT agent_id FROM agents_presence WHERE version >= %(since)s::text::xid8
        UNION ALL SELECT id FROM agents_agent WHERE version >= %(since)s::text::xid8
        UNION ALL SELECT unnest(%(doubted)s::uuid[])))"""
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the floor was read (seconds since 1970, by the database), and what versions hold then."""

    at: float
    weights: int | None
    catalogue: str


class Floor:
    """The agents at work. Not for use by several threads: `own_floor()` gives each its own."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._crew: Crew | None = None
        self._since = 0
        self._place: tuple[Any, ...] = ()
        self._full_at = self._at = 0.0
        # False while the transaction that read it has not committed.
        self._trusted = False
        self._offered: dict[UUID, float] = {}
        self._rooms: dict[UUID, dict[UUID, int]] = {}
        self._doubted: set[UUID] = set()
        self._ids: set[UUID] = set()

    @property
    def crew(self) -> "Crew":
        """The agents as the matching takes them, as of the last `read`."""
        assert self._crew is not None, "the floor has not been read"
        return self._crew

    @property
    def free_slots(self) -> int:
        """Slots that could be offered, of all agents."""
        return int(self.crew.free.sum())

    @property
    def free_agents(self) -> int:
        """Agents with a free slot."""
        return int((self.crew.free > 0).sum())

    def read(self) -> Moment:
        """Take in who has changed. In the wave's transaction, under its lock."""
        # Here, not above: web and sockets import this room too, and never need numpy.
        from dispatch.matching.crew import Crew

        place = (connection.settings_dict["NAME"], connection.settings_dict["HOST"])
        due = time.monotonic() - self._full_at > FULL_EVERY_S
        if not self._trusted or due or place != self._place:
            self._forget()
            self._place, self._full_at = place, time.monotonic()
        full = self._crew is None
        with sql.cursor() as cursor:
            cursor.execute(
                EVERYBODY if full else CHANGED,
                {
                    "since": str(self._since),
                    "doubted": list(self._doubted),
                    "ttl": settings.PRESENCE_TTL_S,
                    "half": RECENT_HALF_S,
                },
            )
            rows = cursor.fetchall()
        at, oldest, weights, catalogue = rows[0][:4]
        if self._crew is None:
            self._crew = Crew((), at)
        self._take([row[4:] for row in rows if row[4] is not None], at)
        self._since, self._trusted, self._at = oldest, False, at
        transaction.on_commit(self._committed)
        return Moment(at, weights, catalogue)

    def _committed(self) -> None:
        self._trusted = True

    def _take(self, rows: Iterable[tuple[Any, ...]], at: float) -> None:
        here: list[tuple[Any, ...]] = []
        gone: list[tuple[Any, ...]] = []
        for row in rows:
            agent_id, _, at_work, reachable, *_ = row
            (here if reachable else gone).append(row)
            (self._doubted.add if at_work and not reachable else self._doubted.discard)(agent_id)
        known = profiles.of({row[0]: row[1] for row in here})
        self.crew.update(
            (
                Agent(
                    id=agent_id,
                    desks=known[agent_id].desks,
                    languages=known[agent_id].languages,
                    skills=known[agent_id].skills,
                    load=load,
                    capacity=capacity,
                    idle_s=max(0.0, idle_s),
                    room=self._rooms.get(agent_id, {}),
                    recent=recent,
                    taken=taken,
                )
                for agent_id, _, _, _, load, capacity, idle_s, recent, taken, _ in here
            ),
            at,
        )
        self._ids.update(row[0] for row in here)
        self._offered.update((row[0], row[9]) for row in here if row[9] is not None)
        self._drop([row[0] for row in gone])

    def _drop(self, agent_ids: Collection[UUID]) -> None:
        self.crew.drop(agent_ids)
        for agent_id in agent_ids:
            self._ids.discard(agent_id)
            self._offered.pop(agent_id, None)
            self._rooms.pop(agent_id, None)

    def doubt(self, agent_ids: Iterable[UUID]) -> None:
        """These could not be offered what the wave had in mind: look at them before the next one."""
        self._doubted.update(agent_ids)

    def give(self, matches: Iterable[tuple[UUID, int]]) -> None:
        """Count offers of so many slots as made, before they are read back."""
        given: dict[UUID, tuple[int, int]] = {}
        for agent_id, size in matches:
            slots, offers = given.get(agent_id, (0, 0))
            given[agent_id] = slots + size, offers + 1
        self.crew.take({id: got for id, got in given.items() if id in self.crew}, self._at)

    def leave_out(self, agent_ids: Collection[UUID]) -> None:
        """Match nobody with these until they have been looked at again."""
        self._drop(agent_ids)
        self.doubt(agent_ids)

    def distrust(self) -> None:
        """Begin anew with the next reading."""
        self._trusted = False

    def furnish(self, queues: Collection[QueueRow], at: float) -> None:
        """Tell the crew what room these queues' caps and spacing leave each agent now."""
        caps = {queue.id: queue.agent_cap for queue in queues if queue.agent_cap is not None}
        spaced = [queue for queue in queues if queue.spacing_s]
        if not caps and not spaced and not self._rooms:
            return
        rooms: dict[UUID, dict[UUID, int]] = {}
        if caps:
            rooms = {agent_id: dict(caps) for agent_id in self._ids}
            for agent_id, queue_id, taken in taken_of(caps):
                if agent_id in rooms:
                    rooms[agent_id][queue_id] = max(0, caps[queue_id] - taken)
        for queue in spaced:
            for agent_id, offered_at in self._offered.items():
                if at - offered_at < queue.spacing_s:
                    rooms.setdefault(agent_id, {})[queue.id] = 0
        changed = []
        for agent_id in rooms.keys() | self._rooms.keys():
            place = self.crew.place(agent_id)
            room = rooms.get(agent_id, {})
            if place is not None and room != self._rooms.get(agent_id, {}):
                changed.append(replace(self.crew.agent(place, at), room=room))
        self.crew.update(changed, at)
        self._rooms = rooms


_own = threading.local()


def own_floor() -> Floor:
    """This thread's."""
    found: Floor | None = getattr(_own, "floor", None)
    if found is None:
        found = _own.floor = Floor()
    return found
