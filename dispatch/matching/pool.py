"""Those of a crew who might take one of a wave's tickets, and what each is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dispatch.matching import score
from dispatch.matching.columns import Bools, Floats, Ints, Longs
from dispatch.matching.crew import LIMITLESS, Crew
from dispatch.matching.problem import Row
from dispatch.matching.types import Ask, Id, Supply, Ticket, Weights


class Pool:
    """Those of the crew who might take one of the tickets, in order, and what each is worth to
    any.
    """

    def __init__(
        self,
        tickets: Sequence[Ticket],
        crew: Crew,
        weights: Weights,
        supply: Supply,
        at: float,
    ) -> None:
        self._crew, self._weights, self._supply = crew, weights, supply
        self.places = crew.ordered(np.flatnonzero(_eligible(tickets, crew)))
        self.free = crew.free[self.places]
        capacity = crew.capacity[self.places]
        self.step = weights.load / capacity
        self._capacity = capacity
        self._positions: Longs | None = None
        self.rarest = crew.rarest(self.places)
        idle = np.maximum(0.0, at - crew.since[self.places])
        recent = crew.recent(at)[self.places]
        worth = weights.idle * (idle / (idle + score.IDLE_HALF_S))
        worth -= weights.load * (crew.load[self.places] / capacity)
        if supply.recent > 0:
            worth += weights.share * np.maximum(0.0, 1.0 - recent / supply.recent)
        worth += weights.newcomer * np.where(recent > supply.recent, 0.0, crew.new[self.places])
        self._worth = worth
        self._levels: dict[tuple[bool, Id], Ints] = {}
        self._members: dict[Id, Bools] = {}
        self._speakers: dict[tuple[Id, str | None, int], Row] = {}

    def position(self, agent_id: Id) -> int | None:
        """Index of this agent in `places`, if she is there."""
        place = self._crew.place(agent_id)
        if place is None:
            return None
        if self._positions is None:
            self._positions = np.full(len(self._crew.free), -1, dtype=np.int64)
            self._positions[self.places] = np.arange(len(self.places))
        found = int(self._positions[place])
        return found if found >= 0 else None

    def room(self, queue: Id) -> Ints | None:
        """Room for `queue` by position; None if nobody here has a limit."""
        room = self._crew.room(queue)
        if room is None:
            return None
        here = room[self.places]
        return None if (here == LIMITLESS).all() else here

    def row(self, ticket: Ticket) -> Row:
        """The agents for what `ticket` asks for, whoever the customer is."""
        row = self._way(ticket, score.own(ticket))
        for ask in ticket.others:
            other = self._way(ticket, ask)
            new = ~np.isin(other.agents, row.agents, assume_unique=True)
            agents = np.concatenate((row.agents, other.agents[new]))
            worth = np.concatenate((row.worth, other.worth[new] - self._weights.fallback))
            order = np.argsort(agents)
            row = Row(agents[order], worth[order])
        agents = row.agents
        keep = self._capacity[agents] >= ticket.slots if ticket.slots > 1 else None
        room = self.room(ticket.queue) if ticket.queue is not None else None
        if room is not None:
            has_room = room[agents] >= 1
            keep = has_room if keep is None else keep & has_room
        return row if keep is None else Row(agents[keep], row.worth[keep])

    def _way(self, ticket: Ticket, ask: Ask) -> Row:
        """Who qualifies by `ask`."""
        speakers = self._speaking(ticket.desk, ask)
        agents, worth = speakers.agents, speakers.worth
        if ask.skills:
            least: Ints | None = None
            for name, wanted in ask.skills.items():
                above = self._level(False, name)[agents] - wanted
                least = above if least is None else np.minimum(least, above)
            assert least is not None
            keep = (least >= 0).nonzero()[0]
            agents = agents[keep]
            worth = worth[keep] + self._weights.skill * _surplus(least[keep])
        rarer = np.maximum(0.0, self.rarest[agents] - score.needed(ask, self._supply))
        return Row(agents, worth - self._weights.scarcity * rarer)

    def _speaking(self, desk: Id, ask: Ask) -> Row:
        request = (desk, ask.language, ask.level if ask.language is not None else 0)
        row = self._speakers.get(request)
        if row is None:
            members = self._members.get(desk)
            if members is None:
                members = self._members[desk] = self._crew.members(desk)[self.places]
            if ask.language is None:
                agents = np.flatnonzero(members).astype(np.int32)
                row = Row(agents, self._worth[agents])
            else:
                levels = self._level(True, ask.language)
                agents = np.flatnonzero(members & (levels >= ask.level)).astype(np.int32)
                bonus = self._weights.language * _surplus(levels[agents] - ask.level)
                row = Row(agents, self._worth[agents] + bonus)
            self._speakers[request] = row
        return row

    def _level(self, spoken: bool, name: Id) -> Ints:
        levels = self._levels.get((spoken, name))
        if levels is None:
            column = self._crew.speakers(name) if spoken else self._crew.masters(name)
            levels = self._levels[spoken, name] = column[self.places]
        return levels


def _eligible(tickets: Sequence[Ticket], crew: Crew) -> Bools:
    """By place: a free slot, and the desk and language of some ticket."""
    lowest: dict[tuple[Id, str | None], int] = {}
    for ticket in tickets:
        for ask in (score.own(ticket), *ticket.others):
            level = lowest.get((ticket.desk, ask.language), ask.level)
            lowest[ticket.desk, ask.language] = min(level, ask.level)
    some = np.zeros(len(crew.free), dtype=bool)
    for (desk, language), level in lowest.items():
        members = crew.members(desk)
        some |= members if language is None else members & (crew.speakers(language) >= level)
    return some & (crew.free > 0)


def _surplus(levels: Ints) -> Floats:
    return np.asarray(1.0 - 1.0 / (1.0 + levels), dtype=np.float64)
