"""The house at one moment of a played day: who waits in which line, who is there, who is free.

Policies read it and decide; only `play` changes it. Lines and free agents are kept as indexes, so
that a decision looks at the few who matter, not at everybody.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dispatch.matching.crew import SHARE_HALF_S
from dispatch.matching.types import Id
from dispatch.simulation.types import Arrival, Day, Queue, Rules, Staff
from tickets.ladder import Rung, rungs


@dataclass(slots=True, eq=False)
class Line:
    """Tickets that ask for the same and have no live offer, longest waiting first.

    `able` are the agents whose profile fits, whether they are there or not. `wide` says that some
    of them need not speak the language. `waiting` counts the cases and those with a live offer.
    """

    queue: Queue
    language: str
    height: int
    rung: Rung
    able: frozenset[Id]
    wide: bool
    cases: list[Case] = field(default_factory=list)
    waiting: int = 0

    def add(self, case: Case) -> None:
        """Back to its place by arrival, not to the end."""
        insort(self.cases, case, key=place)

    def remove(self, case: Case) -> None:
        """Raises ValueError if it is not in this line."""
        at = bisect_left(self.cases, place(case), key=place)
        if at == len(self.cases) or self.cases[at] is not case:
            raise ValueError(f"ticket {case.arrival.id} is not in its line")
        del self.cases[at]


@dataclass(slots=True, eq=False)
class Offer:
    """One offer, live until somebody decides it."""

    case: Case
    seat: Seat
    made_s: float
    live: bool = True


@dataclass(slots=True, eq=False)
class Case:
    """One ticket's state. `nobody_else` is who has the first refusal, None when that is over;
    `served_after_s` how long it waited for the agent who has accepted.
    """

    arrival: Arrival
    queue: Queue
    line: Line
    waiting: bool = True
    lined: bool = False
    nobody_else: Id | None = None
    misses: int = 0
    made: int = 0
    offers: list[Offer] = field(default_factory=list)
    met: dict[Id, int] = field(default_factory=dict)
    cool: dict[Id, float] = field(default_factory=dict)
    predicted_s: float | None = None
    served_after_s: float | None = None

    def cooling(self, at_s: float) -> set[Id]:
        """Agents who are not to be asked again yet; forgets those whose time is over."""
        if not self.cool:
            return set()
        self.cool = {agent: until for agent, until in self.cool.items() if until > at_s}
        return set(self.cool)


def place(case: Case) -> tuple[float, Id]:
    """Order within a line: arrival, and the id where two came at once."""
    return case.arrival.at_s, case.arrival.id


@dataclass(slots=True, eq=False)
class Seat:
    """One agent's state. `on` is her shift, `paused` for missed offers; `load` counts slots of
    offers and conversations. `recent` counts her offers as of the last one, at `offered_s`.
    """

    staff: Staff
    on: bool = False
    paused: bool = False
    capacity: int = 0
    load: int = 0
    idle_since_s: float = 0.0
    offered_s: float = float("-inf")
    missed_in_row: int = 0
    recent: float = 0.0
    taken: int | None = None
    having: Counter[Id] = field(default_factory=Counter)
    mark_s: float = 0.0
    online_s: float = 0.0
    idle_s: float = 0.0
    paid_s: float = 0.0
    ring_s: float = 0.0
    offers: int = 0
    accepted: int = 0
    declined: int = 0
    missed: int = 0
    withdrawn: int = 0

    @property
    def present(self) -> bool:
        """She can be offered work, if she has a slot."""
        return self.on and not self.paused

    def account(self, at_s: float) -> None:
        """Book the time since the last change."""
        if self.on and not self.paused:
            self.online_s += at_s - self.mark_s
            if not self.load:
                self.idle_s += at_s - self.mark_s
        self.mark_s = at_s


class House:
    """What a policy sees: `at_s` now, the lines, and the free agents."""

    def __init__(self, day: Day, rules: Rules) -> None:
        self.day, self.rules = day, rules
        self.at_s = 0.0
        self.seats = {one.id: Seat(one, taken=one.taken) for one in day.staff}
        self.lines: dict[tuple[Id, str, int], Line] = {}
        self.asked: dict[Id, Case] = {}
        """Tickets that are one agent's alone for now, outside of the lines."""
        self.free: dict[Id, Seat] = {}
        """Agents who are there and have a slot left."""
        self.speakers: dict[str, dict[Id, Seat]] = {}
        """The same by language."""
        self.changed: set[Id] = set(self.seats)
        """Agents of whom something has changed since the policy last emptied this."""
        self.limited = any(
            queue.agent_cap is not None or queue.spacing_s for queue in day.queues.values()
        )
        self._rungs = {queue.id: rungs(queue.ground, queue.steps) for queue in day.queues.values()}

    def line(self, queue: Id, language: str, height: int) -> Line:
        """The line of those who ask for this, made when first needed."""
        key = queue, language, height
        found = self.lines.get(key)
        if found is None:
            kind, rung = self.day.queues[queue], self._rungs[queue][height]
            able = frozenset(
                one.id
                for one in self.day.staff
                if kind.desk in one.desks and rung.open_to(language, one.languages, one.skills)
            )
            wide = any(not need.language_level for need in rung.needs)
            found = self.lines[key] = Line(kind, language, height, rung, able, wide)
        return found

    def waiting(self) -> Iterator[Line]:
        """Lines in which somebody waits."""
        return (line for line in self.lines.values() if line.cases)

    def candidates(self, line: Line) -> list[Seat]:
        """Agents with a slot who may take a ticket of this line, in no particular order. If one
        conversation takes several slots, she may have too few of them.
        """
        pool = self.free if line.wide else self.speakers.get(line.language)
        if not pool:
            return []
        found = [seat for agent, seat in pool.items() if agent in line.able]
        return [seat for seat in found if self.room(seat, line.queue)] if self.limited else found

    def room(self, seat: Seat, queue: Queue) -> int | None:
        """How many more tickets of this queue she may take now; None: no limit of its own."""
        if self.at_s < seat.offered_s + queue.spacing_s:
            return 0
        if queue.agent_cap is None:
            return 1 if queue.spacing_s else None
        left = max(0, queue.agent_cap - seat.having[queue.id])
        return min(left, 1) if queue.spacing_s else left

    def present(self, agents: Iterable[Id]) -> bool:
        """Whether any of these is there, busy or not."""
        return any(agent in self.seats and self.seats[agent].present for agent in agents)

    def note_offer(self, seat: Seat) -> None:
        """Count an offer made to her now."""
        seat.recent = self.recent(seat) + 1.0
        seat.offered_s = self.at_s
        seat.offers += 1

    def recent(self, seat: Seat) -> float:
        """Offers she got lately: a count that halves every `SHARE_HALF_S`."""
        if not seat.recent:
            return 0.0
        return float(seat.recent * 0.5 ** ((self.at_s - seat.offered_s) / SHARE_HALF_S))

    def regard(self, seat: Seat) -> None:
        """Note whether she is free now. To be called after every change of her state."""
        staff = seat.staff
        self.changed.add(staff.id)
        free = seat.present and seat.load < seat.capacity
        if free == (staff.id in self.free):
            return
        if free:
            self.free[staff.id] = seat
            for language in staff.languages:
                self.speakers.setdefault(language, {})[staff.id] = seat
        else:
            del self.free[staff.id]
            for language in staff.languages:
                del self.speakers[language][staff.id]
