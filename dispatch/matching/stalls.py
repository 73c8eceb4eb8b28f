"""Slots one by one, where an agent may not give all of them to whatever comes."""

from __future__ import annotations

import numpy as np

from dispatch.matching.columns import Bools, Floats, Ints, Longs
from dispatch.matching.left import NOBODY
from dispatch.matching.problem import Problem, Row


class Stalls:
    """A plain problem of the tickets of one slot: its agents are `owner`'s slots, all together or,
    where room is tight, one by one.
    """

    def __init__(
        self, problem: Problem, served: Ints, units: Ints, floor: dict[int, float]
    ) -> None:
        self._large = np.zeros(len(problem.slots), dtype=np.int32)
        for ticket in np.flatnonzero((served != NOBODY) & (problem.sizes > 1)).tolist():
            self._large[served[ticket]] += problem.sizes[ticket]
        self._slots = problem.slots - self._large
        holding = np.bincount(served[units], minlength=len(problem.slots)).astype(np.int32)
        for agent in floor:
            # Only as many as now: the rest is kept for someone.
            self._slots[agent] = holding[agent]
        rooms = self._rooms_left(problem, served)
        tight = np.zeros(len(problem.slots), dtype=bool)
        for room in rooms.values():
            tight |= room < self._slots
        count: Ints = np.where(tight, self._slots, np.minimum(self._slots, 1))
        self._first: Longs = np.cumsum(count) - count
        self._count = count
        self.owner: Ints = np.repeat(np.arange(len(count), dtype=np.int32), count)
        nth = np.arange(len(self.owner)) - self._first[self.owner]
        self._handicap: Floats = (self._large[self.owner] + nth) * problem.step[self.owner]
        self._shut = self._doors(problem, served, units, rooms, tight)
        cache: dict[tuple[int, int | None], Row] = {}
        rows = []
        for ticket in units.tolist():
            limit = problem.rooms[ticket]
            key = (id(problem.rows[ticket]), None if limit is None else id(limit))
            row = cache.get(key)
            if row is None:
                row = cache[key] = self._row(problem.rows[ticket], key[1])
            rows.append(row)
        self.problem = Problem(
            rows,
            problem.urgency[units],
            np.where(tight, 1, self._slots)[self.owner].astype(np.int32),
            problem.step[self.owner],
            problem.sizes[units],
            [None] * len(rows),
            problem.lead,
        )

    def _rooms_left(self, problem: Problem, served: Ints) -> dict[int, Ints]:
        """Room by queue once the large tickets have theirs."""
        rooms = {id(room): room.copy() for room in problem.rooms if room is not None}
        for ticket in np.flatnonzero((served != NOBODY) & (problem.sizes > 1)).tolist():
            limit = problem.rooms[ticket]
            if limit is not None:
                rooms[id(limit)][served[ticket]] -= 1
        return rooms

    def _doors(
        self,
        problem: Problem,
        served: Ints,
        units: Ints,
        rooms: dict[int, Ints],
        tight: Bools,
    ) -> dict[int, Bools]:
        """By queue with little room, which stalls it is shut out from."""
        shut = {limit: np.zeros(len(self.owner), dtype=bool) for limit in rooms}
        sitting: dict[int, list[int]] = {}
        for ticket in units.tolist():
            limit = problem.rooms[ticket]
            place = sitting.setdefault(int(served[ticket]), [])
            place.append(0 if limit is None else id(limit))
        for agent in np.flatnonzero(tight).tolist():
            first, size = int(self._first[agent]), int(self._count[agent])
            inside = sitting.get(agent, [])
            for limit, room in rooms.items():
                if room[agent] >= size:
                    continue
                own = [at for at, other in enumerate(inside) if other == limit]
                rest = [at for at in range(size) if at not in own]
                for at in rest[max(0, int(room[agent]) - len(own)) :]:
                    shut[limit][first + at] = True
        return shut

    def _row(self, row: Row, limit: int | None) -> Row:
        count = self._count[row.agents]
        begin = np.repeat(self._first[row.agents] - (np.cumsum(count) - count), count)
        stalls = (begin + np.arange(len(begin))).astype(np.int32)
        worth = np.repeat(row.worth, count) - self._handicap[stalls]
        if limit is not None:
            keep = ~self._shut[limit][stalls]
            stalls, worth = stalls[keep], worth[keep]
        return Row(stalls, worth)
