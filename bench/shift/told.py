"""What a customer of a played day is told: production's estimate, fed from the simulated house.

It does what `tickets.lines` does with the database: the same stages, rivals and learned factor.
"""

from __future__ import annotations

from collections import deque

from bench.shift.month import RING_S
from dispatch.matching.types import Id
from dispatch.simulation.house import Case, House, Line
from tickets.estimate import Stage, learned, wait_s

LATELY = 50
"""Conversations of a queue from which its factor is learned."""

SEEN_S = 60.0
"""How long a look at who is there holds: shifts last hours."""


class Told:
    """Predicts on arrival, and learns from the predictions that have come true since."""

    def __init__(self, handle_s: dict[Id, float]) -> None:
        self._handle_s = handle_s
        self._open: deque[tuple[Case, float]] = deque()
        self._ratios: dict[Id, deque[float]] = {}
        self._there: dict[int, tuple[float, frozenset[Id], int]] = {}
        self._shares: dict[tuple[int, int], tuple[float, float]] = {}

    def __call__(self, house: House, case: Case) -> float | None:
        """Seconds until an agent answers, or None if nobody who could is there."""
        self._learn()
        line, queue = case.line, case.queue
        heights = [
            house.line(queue.id, line.language, height) for height in range(len(queue.steps) + 1)
        ]
        rivals = [other for other in house.lines.values() if other.waiting and other not in heights]
        stages = [self._stage(house, one, rivals) for one in heights]
        factor = learned(self._ratios.get(queue.id, ()))
        model, said = (
            wait_s(
                stages,
                position=sum(one.waiting for one in heights),
                waited_s=0.0,
                handle_s=self._handle_s[queue.id],
                pickup_s=RING_S,
                factor=one,
            )
            for one in (1.0, factor)
        )
        if model:
            self._open.append((case, model))
        return said

    def _stage(self, house: House, line: Line, rivals: list[Line]) -> Stage:
        slots = line.queue.slots
        free = sum((seat.capacity - seat.load) // slots for seat in house.candidates(line))
        return Stage(
            from_s=line.queue.steps[line.height - 1].after_s if line.height else 0.0,
            slots=self._present(house, line)[1] // slots,
            free=free,
            rivals=sum(other.waiting * self._share(house, line, other) for other in rivals),
        )

    def _share(self, house: House, line: Line, rival: Line) -> float:
        """How much of what serves `rival` could serve `line` too, 0 to 1."""
        key = id(line), id(rival)
        at_s, share = self._shares.get(key, (float("-inf"), 0.0))
        if house.at_s - at_s > SEEN_S:
            theirs, slots = self._present(house, rival)
            both = theirs & self._present(house, line)[0]
            share = sum(house.seats[agent].capacity for agent in both) / slots if slots else 0.0
            self._shares[key] = house.at_s, share
        return share

    def _present(self, house: House, line: Line) -> tuple[frozenset[Id], int]:
        at_s, agents, slots = self._there.get(id(line), (float("-inf"), frozenset(), 0))
        if house.at_s - at_s > SEEN_S:
            agents = frozenset(agent for agent in line.able if house.seats[agent].present)
            slots = sum(house.seats[agent].capacity for agent in agents)
            self._there[id(line)] = house.at_s, agents, slots
        return agents, slots

    def _learn(self) -> None:
        """Take in those who have been answered since; who left unanswered teaches nothing."""
        while self._open and not self._open[0][0].waiting:
            case, model = self._open.popleft()
            if case.served_after_s is not None:
                lately = self._ratios.setdefault(case.queue.id, deque(maxlen=LATELY))
                lately.append(case.served_after_s / model)
