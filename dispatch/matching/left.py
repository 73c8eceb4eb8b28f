"""What is left to give in a wave while its tickets are placed one after the other."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from dispatch.matching.columns import Bools, Ints
from dispatch.matching.problem import Problem

NOBODY = -1
"""In place of an agent's position: the ticket has none."""


class Left:
    """Slots and room that are left, and for whom, once `assigned` have theirs.

    `floor` are the agents with slots kept free, and the weighted urgency from which a ticket may
    have them.
    """

    def __init__(
        self,
        problem: Problem,
        assigned: Ints | None = None,
        floor: dict[int, float] | None = None,
    ) -> None:
        self.problem = problem
        self.free = problem.slots.copy()
        self.used = np.zeros(len(self.free), dtype=np.int32)
        self.floor = {} if floor is None else floor
        self._rooms: dict[int, Ints] = {
            id(room): room.copy() for room in problem.rooms if room is not None
        }
        if assigned is not None:
            for ticket in np.flatnonzero(assigned != NOBODY).tolist():
                self.take(ticket, int(assigned[ticket]))

    def room(self, ticket: int) -> Ints | None:
        """Room for the ticket's queue by agent; None if only slots limit it."""
        limit = self.problem.rooms[ticket]
        return None if limit is None else self._rooms[id(limit)]

    def take(self, ticket: int, agent: int) -> None:
        """Give the slots of `agent` to `ticket`."""
        self._move(ticket, agent, int(self.problem.sizes[ticket]))

    def give_back(self, ticket: int, agent: int) -> None:
        """Take them back."""
        self._move(ticket, agent, -int(self.problem.sizes[ticket]))

    def _move(self, ticket: int, agent: int, size: int) -> None:
        self.free[agent] -= size
        self.used[agent] += size
        room = self.room(ticket)
        if room is not None:
            room[agent] -= 1 if size > 0 else -1

    def open(self, ticket: int, agents: Ints, size: int = 1, root: int | None = None) -> Bools:
        """Which of `agents` may have `ticket` now. `root` is the ticket it makes way for: slots
        that are kept free are so for whoever would take them in the end.
        """
        found: Bools = self.free[agents] >= size
        room = self.room(ticket)
        if room is not None:
            found &= room[agents] > 0
        if self.floor:
            urgency = float(self.problem.urgency[ticket if root is None else root])
            for agent, floor in self.floor.items():
                if urgency < floor:
                    found &= agents != agent
        return found

    def best(self, ticket: int, without: Collection[int] = (), root: int | None = None) -> int:
        """The agent worth most to `ticket` of those who can take it as things are, or `NOBODY`."""
        row = self.problem.rows[ticket]
        open_ = self.open(ticket, row.agents, int(self.problem.sizes[ticket]), root)
        for agent in without:
            open_ &= row.agents != agent
        if not open_.any():
            return NOBODY
        agents = row.agents[open_]
        worth = row.worth[open_] - self.problem.step[agents] * self.used[agents]
        return int(agents[worth.argmax()])

    def fill(self, assigned: Ints) -> None:
        """Give what is left to tickets that have nobody, the most urgent first, so that no pair
        that could be is left.
        """
        for ticket in np.flatnonzero(assigned == NOBODY).tolist():
            agent = self.best(ticket)
            if agent != NOBODY:
                self.take(ticket, agent)
                assigned[ticket] = agent
