"""The agents of a house as columns of numbers, kept from wave to wave.

Turning thousands of agents into numbers takes longer than matching a ticket with them. So a process
keeps one `Crew`, tells it who has changed, and hands it to `solve` wave after wave:

    crew = Crew()
    crew.update(changed, at)            # also those seen for the first time
    crew.drop(gone)
    solve(tickets, crew, weights, forbidden, at=at)

`at` is a moment in seconds from any fixed origin, the same for all calls. `Agent.idle_s` and
`Agent.recent` hold at the `at` of the update; the crew lets idle time run on and `recent` fade from
there, with `SHARE_HALF_S`. So an agent is fed again only when something about her changes: load,
capacity, idle time started anew, room, recent offers, conversations taken, or her profile. Feed the
same `languages`, `skills` and `desks` objects while a profile stays, and the crew sees at once that
it did.

A crew answers as one made anew from the same agents would, in whatever order they came (times are
rounded to what a float holds at `at`, microseconds for seconds since 1970). It is not safe for use
by several threads at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dispatch.matching.columns import Bools, Floats, Ints, Longs, Names
from dispatch.matching.score import NEWCOMER_UNTIL
from dispatch.matching.types import GRAIN, Agent, Id, Supply

SHARE_HALF_S = 3600.0
"""Seconds after which an offer counts half in `Agent.recent`: whoever computes it for the caller
uses the same.
"""

LIMITLESS = 2**30
"""Room of an agent for a queue that has no limit of its own."""

_FARTHEST = 200.0
"""Half-lives from its origin at which `_recent` is moved to a new one, far from where floats
end.
"""


class Crew:
    """Agents by id, as columns; a place is an agent's index in all of them.

    For the matching's own modules: `free`, `load`, `capacity` (slots), `since` (when idle time
    began), `new` (1 for a newcomer without any conversation, falling to 0). Places without an agent
    have no free slots.
    """

    def __init__(self, agents: Iterable[Agent] = (), at: float = 0.0) -> None:
        self._places: dict[Id, int] = {}
        self._people: list[Agent | None] = []
        self._vacant: list[int] = []
        self._names = Names()
        self._desks: dict[Id, Bools] = {}
        self._rooms: dict[Id, Ints] = {}
        self._size = 0
        self.free, self.load, self.capacity = (np.zeros(0, dtype=np.int32) for _ in range(3))
        self.since, self.new, self._recent = (np.zeros(0) for _ in range(3))
        self._able = 0
        self._origin = at
        self._rarity: tuple[Floats, dict[Any, float], dict[Any, float]] | None = None
        self._id_order: Ints | None = None
        self.update(agents, at)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, agent_id: Id) -> bool:
        return agent_id in self._places

    def update(self, agents: Iterable[Agent], at: float) -> None:
        """Take in `agents` as they are at `at`: new ones, and known ones that have changed."""
        people = list({agent.id: agent for agent in agents}.values())
        if not people:
            return
        self._keep_origin_near(at)
        joining = len(people) - len(self._vacant)
        if self._places:
            joining -= sum(agent.id in self._places for agent in people)
        if joining > 0:
            self._grow(max(joining, self._size))
        places = [self._place(agent.id) for agent in people]
        where = np.array(places, dtype=np.int64)
        self._count(where, -1)
        changed = []
        for place, agent in zip(places, people, strict=True):
            before = self._people[place]
            self._people[place] = agent
            if before is None:
                changed.append((place, agent))
            elif not _same_profile(before, agent):
                self._erase(place, before)
                changed.append((place, agent))
            if agent.room or (before is not None and before.room):
                self._furnish(place, before, agent)
        self._write(changed)
        size = len(people)
        self.load[where] = np.fromiter((one.load for one in people), np.int32, size)
        self.capacity[where] = np.fromiter((one.capacity for one in people), np.int32, size)
        self.free[where] = np.maximum(0, self.capacity[where] - self.load[where])
        self.since[where] = at - np.fromiter((one.idle_s for one in people), np.float64, size)
        self.new[where] = np.fromiter(map(_new, people), np.float64, size)
        recent = np.fromiter((one.recent for one in people), np.float64, size)
        self._recent[where] = recent / self._faded(at)
        self._count(where, 1)
        self._rarity = None

    def take(self, given: Mapping[Id, tuple[int, int]], at: float) -> None:
        """These agents, who are known, have just got so many (slots, offers): as if fed again."""
        if not given:
            return
        where = np.fromiter(map(self._places.__getitem__, given), np.int64, len(given))
        slots, offers = np.array(list(given.values())).T
        self._count(where, -1)
        self.load[where] += slots.astype(np.int32)
        self.free[where] = np.maximum(0, self.capacity[where] - self.load[where])
        self._recent[where] += offers / self._faded(at)
        self._count(where, 1)
        self._rarity = None

    def drop(self, agent_ids: Iterable[Id]) -> None:
        """Forget these agents; ids that are not known are passed over."""
        for agent_id in agent_ids:
            place = self._places.pop(agent_id, None)
            if place is None:
                continue
            self._count(np.array([place]), -1)
            agent = self._people[place]
            assert agent is not None
            self._erase(place, agent)
            for queue in agent.room:
                self._rooms[queue][place] = LIMITLESS
            self._people[place] = None
            self._vacant.append(place)
            self.free[place] = self.load[place] = self.capacity[place] = 0
            self._recent[place] = 0.0
            self._rarity = self._id_order = None

    def supply(self, at: float) -> Supply:
        """`Supply.of` the agents as they are at `at`."""
        _, languages, skills = self._rarities()
        mean = 0.0
        if self._able and self._recent.any():
            parts = np.rint(self.recent(at) * GRAIN).astype(np.int64)
            mean = int(parts[self.free > 0].sum()) / GRAIN / self._able
        return Supply(languages, skills, mean)

    def agent(self, place: int, at: float, taken: int = 0) -> Agent:
        """The agent at `place` as she is at `at`, with `taken` more slots in use."""
        agent = self._people[place]
        assert agent is not None, "no agent has this place"
        return Agent(
            agent.id,
            agent.desks,
            agent.languages,
            agent.skills,
            int(self.load[place]) + taken,
            agent.capacity,
            at - float(self.since[place]),
            agent.room,
            float(self._recent[place]) * self._faded(at),
            agent.taken,
        )

    def recent(self, at: float) -> Floats:
        """Recent offers at `at`, by place."""
        return np.asarray(self._recent * self._faded(at))

    def place(self, agent_id: Id) -> int | None:
        """Where this agent's numbers are, if she is known."""
        return self._places.get(agent_id)

    def rarest(self, places: Longs) -> Floats:
        """Rarity of the rarest language or skill of each of `places`."""
        rare = self._rarities()[0]
        return self._names.rarest(rare, places)

    def members(self, desk: Id) -> Bools:
        """Who serves this desk, by place."""
        found = self._desks.get(desk)
        return np.zeros(self._size, dtype=bool) if found is None else found

    def speakers(self, language: str) -> Ints:
        """Levels of this language, by place; `ABSENT` where it is not spoken."""
        return self._names.speakers(language)

    def masters(self, skill: Id) -> Ints:
        """Levels of this skill, by place; `ABSENT` where it is not mastered."""
        return self._names.masters(skill)

    def room(self, queue: Id) -> Ints | None:
        """How many more tickets of `queue` each may take, by place; None if nobody has a limit."""
        return self._rooms.get(queue)

    def ordered(self, places: Longs) -> Longs:
        """`places` by the rule that breaks ties: idle for longest first, then the lowest id."""
        since = self.since[places]
        order = np.argsort(since, kind="stable")
        ranked = since[order]
        if (ranked[1:] == ranked[:-1]).any():
            order = np.lexsort((self._by_id()[places], since))
        return np.asarray(places[order])

    def _by_id(self) -> Ints:
        """Rank of each place by id; sorted only when somebody has joined and a tie asks for it."""
        if self._id_order is None:
            order = np.zeros(self._size, dtype=np.int32)
            ids = sorted(self._places)
            places = np.fromiter(map(self._places.__getitem__, ids), np.int64, len(ids))
            order[places] = np.arange(len(places), dtype=np.int32)
            self._id_order = order
        return self._id_order

    def _place(self, agent_id: Id) -> int:
        place = self._places.get(agent_id)
        if place is None:
            self._id_order = None
            place = self._places[agent_id] = self._vacant.pop()
        return place

    def _grow(self, added: int) -> None:
        before = self._size
        self._size = before + added
        self._people.extend([None] * added)
        # The last is taken first: new agents sit next to each other, in the order of arrival.
        self._vacant.extend(range(self._size - 1, before - 1, -1))
        for name in ("free", "load", "capacity", "since", "new", "_recent"):
            setattr(self, name, np.pad(getattr(self, name), (0, added)))
        self._names.grow(added)
        for desk, column in self._desks.items():
            self._desks[desk] = np.pad(column, (0, added))
        for queue, room in self._rooms.items():
            self._rooms[queue] = np.pad(room, (0, added), constant_values=LIMITLESS)

    def _erase(self, place: int, agent: Agent) -> None:
        self._names.erase(place)
        for desk in agent.desks:
            self._desks[desk][place] = False

    def _write(self, changed: Sequence[tuple[int, Agent]]) -> None:
        """Profiles of places that have none."""
        for place, agent in changed:
            for desk in agent.desks:
                column = self._desks.get(desk)
                if column is None:
                    column = self._desks[desk] = np.zeros(self._size, dtype=bool)
                column[place] = True
        self._names.write(changed)

    def _furnish(self, place: int, before: Agent | None, agent: Agent) -> None:
        if before is not None:
            for queue in before.room:
                self._rooms[queue][place] = LIMITLESS
        for queue, room in agent.room.items():
            column = self._rooms.get(queue)
            if column is None:
                column = np.full(self._size, LIMITLESS, dtype=np.int32)
                self._rooms[queue] = column
            column[place] = min(room, LIMITLESS)

    def _count(self, places: Longs, sign: int) -> None:
        """Add or take away the names of those of `places` who have a free slot."""
        able = places[self.free[places] > 0]
        if len(able):
            self._names.count(able, sign)
            self._able += sign * len(able)

    def _rarities(self) -> tuple[Floats, dict[Any, float], dict[Any, float]]:
        """Rarity by row, by language and by skill."""
        if self._rarity is None:
            self._rarity = self._names.rarities(self._able)
        return self._rarity

    def _faded(self, at: float) -> float:
        """What an offer at the origin counts at `at`."""
        return float(2.0 ** ((self._origin - at) / SHARE_HALF_S))

    def _keep_origin_near(self, at: float) -> None:
        if abs(at - self._origin) > _FARTHEST * SHARE_HALF_S:
            self._recent *= 2.0 ** max(-1000.0, (self._origin - at) / SHARE_HALF_S)
            self._origin = at


def _same_profile(one: Agent, other: Agent) -> bool:
    return all(
        old is new or old == new
        for old, new in (
            (one.languages, other.languages),
            (one.skills, other.skills),
            (one.desks, other.desks),
        )
    )


def _new(agent: Agent) -> float:
    return 0.0 if agent.taken is None else max(0.0, 1.0 - agent.taken / NEWCOMER_UNTIL)
