"""Who is served at all: as many tickets as possible and, among those, the most urgent.

The sets of tickets of one slot each that can be served together are the independent sets of a
matroid, a gammoid: tickets lead to agents, through what room each has for the ticket's queue and
then through her slots (Perfect 1968). Taking tickets in order of urgency and keeping each that
still fits therefore gives a largest set and the most urgent one at once: the two aims never
conflict, and the most urgent ticket that anybody can take is always in. A ticket "fits" if an
augmenting path finds it a slot (Berge 1957).

Tickets that take several slots are placed in the same order, moving others along to make way. They
are no matroid, and with them the set is the most urgent one but not always the largest.

**Slots kept free.** Where single slots are always refilled, a ticket of several would never find
them together. So one that nobody can take yet keeps the free slots of one agent of those who could:
the one with most slots free, and of these the first in the order that breaks ties. They are closed
to tickets whose urgency is more than `score.RESERVE_LEAD` less. When the agent's next conversation
ends, that slot is kept too, and so on until there are enough. Nothing has to be remembered for
that: she has more slots free than before, so the next wave chooses her again.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from dispatch.matching.columns import Bools, Ints, Longs
from dispatch.matching.left import NOBODY, Left
from dispatch.matching.problem import Problem

RELOCATIONS = 8
"""Agents from whom other tickets are moved away, at most, to make way for one of several slots."""


def serve(problem: Problem, assigned: Ints | None = None) -> Ints:
    """For each ticket the position of an agent, or `NOBODY`; earlier rows have the right of way,
    and must be the more urgent ones.

    Greedy where a free slot is in reach (the best one for that ticket), and otherwise others are
    moved along so that nobody served before is dropped. With `assigned`, goes on from there.
    """
    return settle(problem, assigned)[0]


def settle(problem: Problem, assigned: Ints | None = None) -> tuple[Ints, dict[int, float]]:
    """As `serve`, and the agents with slots kept free, as in `Left.floor`."""
    wave = _Wave(problem, assigned)
    remaining = int(wave.left.free.sum())
    for ticket in range(len(problem.rows)):
        if remaining == 0:
            break
        if wave.assigned[ticket] == NOBODY and wave.place(ticket):
            remaining -= int(problem.sizes[ticket])
    return wave.assigned, wave.left.floor


class _Wave:
    def __init__(self, problem: Problem, assigned: Ints | None) -> None:
        self._problem = problem
        self.left = Left(problem)
        count = len(problem.slots)
        self._closed = np.zeros(count, dtype=bool)
        self._closed_to: dict[int, Bools] = {
            id(room): np.zeros(count, dtype=bool) for room in problem.rooms if room is not None
        }
        self._held: list[list[int]] = [[] for _ in range(count)]
        self.assigned = np.full(len(problem.rows), NOBODY, dtype=np.int32)
        if assigned is not None:
            for ticket in np.flatnonzero(assigned != NOBODY).tolist():
                self._take(ticket, int(assigned[ticket]))

    def place(self, ticket: int) -> bool:
        """Give `ticket` its slots if there is a way; whether there was."""
        if self._problem.sizes[ticket] > 1:
            return self._place_large(ticket)
        seen, seen_by = self._closed.copy(), self._closed_to
        if seen_by:
            seen_by = {room: agents.copy() for room, agents in seen_by.items()}
        parents: dict[int, tuple[int, int]] = {}
        queue = deque([ticket])
        while queue:
            mover = queue.popleft()
            row = self._problem.rows[mover]
            fresh = ~seen[row.agents]
            agents = row.agents[fresh]
            if not len(agents):
                continue
            open_ = self.left.open(mover, agents, root=ticket)
            if open_.any():
                free = agents[open_]
                step = self._problem.step[free] * self.left.used[free]
                best = int(free[(row.worth[fresh][open_] - step).argmax()])
                self._shift(mover, best, parents)
                return True
            room = self.left.room(mover)
            if room is not None:
                # Where the queue has no room, only a ticket of the same queue can make way.
                limit = self._problem.rooms[mover]
                tight = agents[(room[agents] <= 0) & ~seen_by[id(limit)][agents]]
                seen_by[id(limit)][tight] = True
                for agent in tight.tolist():
                    for holder in self._held[agent]:
                        if self._problem.rooms[holder] is limit and holder not in parents:
                            parents[holder] = (mover, agent)
                            queue.append(holder)
                agents = agents[room[agents] > 0]
            seen[agents] = True
            for agent in agents.tolist():
                for holder in self._held[agent]:
                    if holder not in parents:
                        parents[holder] = (mover, agent)
                        queue.append(holder)
        # Everyone in reach is full with tickets that have nowhere else to go, and that stays so:
        # later searches need not look there again, which bounds all failed searches together by one
        # pass.
        self._closed, self._closed_to = seen, seen_by
        return False

    def _shift(self, mover: int, agent: int, parents: dict[int, tuple[int, int]]) -> None:
        while True:
            before = int(self.assigned[mover])
            if before != NOBODY:
                self._release(mover, before)
            self._take(mover, agent)
            if before == NOBODY:
                return
            mover, agent = parents[mover]

    def _place_large(self, ticket: int) -> bool:
        agent = self.left.best(ticket)
        if agent == NOBODY:
            agent = self._make_way(ticket)
        if agent != NOBODY:
            self._take(ticket, agent)
            return True
        agents = self._problem.rows[ticket].agents
        agents = agents[[agent not in self.left.floor for agent in agents.tolist()]]
        if len(agents):
            most = int(agents[self.left.free[agents].argmax()])
            self.left.floor[most] = float(self._problem.urgency[ticket]) - self._problem.lead
        return False

    def _make_way(self, ticket: int) -> int:
        """An agent from whom enough other tickets could be moved to free slots elsewhere."""
        row, size = self._problem.rows[ticket], int(self._problem.sizes[ticket])
        allowed = self.left.open(ticket, row.agents, size=0)
        agents, worth = row.agents[allowed], row.worth[allowed]
        missing = size - self.left.free[agents]
        order: Longs = np.lexsort((-worth, missing))[:RELOCATIONS]
        for agent in agents[order].tolist():
            moved: list[tuple[int, int]] = []
            for other in reversed(self._held[agent].copy()):
                if self.left.free[agent] >= size:
                    break
                elsewhere = self.left.best(other, without=(agent,), root=ticket)
                if elsewhere != NOBODY:
                    self._release(other, agent)
                    self._take(other, elsewhere)
                    moved.append((other, elsewhere))
            if self.left.free[agent] >= size:
                return int(agent)
            for other, elsewhere in reversed(moved):
                self._release(other, elsewhere)
                self._take(other, agent)
        return NOBODY

    def _take(self, ticket: int, agent: int) -> None:
        self.assigned[ticket] = agent
        self.left.take(ticket, agent)
        if self._problem.sizes[ticket] == 1:
            self._held[agent].append(ticket)

    def _release(self, ticket: int, agent: int) -> None:
        self._held[agent].remove(ticket)
        self.left.give_back(ticket, agent)
