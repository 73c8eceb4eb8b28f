"""What others do, from their public descriptions, on the same events as ours.

All of them offer the tickets in order of priority, then arrival, and choose the agent by a rule of
their own among those who qualify and have a slot. Where a description says less, they get the
better reading: all keep a line that is drained whenever somebody is free, none loses a ticket, none
asks an agent again at once who has just refused, and their time-outs are checked to the moment.
Their countdown starts when the offer is sent, and nobody is asked first or later than others.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Any

from dispatch.matching.types import Id
from dispatch.simulation.house import House, Line, Seat, place
from dispatch.simulation.types import Pick, Rules

THEIRS = Rules(delivery_bound_s=None, tick_s=0.0, ladder=False, first_refusal=False)


class Peer:
    """First come, first served; subclasses say which of the agents."""

    name = "peer"
    about = ""

    def __init__(self, rules: Rules = THEIRS) -> None:
        self.rules = rules

    def rank(self, house: House, seat: Seat) -> Any:
        """The lowest gets it; ties go to the lowest id."""
        raise NotImplementedError

    def chosen(self, house: House, seat: Seat) -> None:
        """Told about each offer, in case the rule remembers."""

    def wave(self, house: House) -> Iterable[Pick]:
        """Offers as long as somebody waits whom somebody free may take."""
        able = {id(line): house.candidates(line) for line in house.waiting()}
        given: dict[Id, int] = {}
        heads = [
            (_order(line, 0), at, 0, line)
            for at, line in enumerate(house.lines.values())
            if able.get(id(line))
        ]
        heapify(heads)
        picks = []
        while heads:
            _key, at, nth, line = heappop(heads)
            free = [
                seat
                for seat in able[id(line)]
                if seat.load + given.get(seat.staff.id, 0) + line.queue.slots <= seat.capacity
            ]
            able[id(line)] = free
            if not free:
                continue
            case = line.cases[nth]
            cooling = case.cooling(house.at_s)
            fit = [seat for seat in free if seat.staff.id not in cooling] if cooling else free
            if fit:
                best = min(fit, key=lambda seat: (self.rank(house, seat), seat.staff.id))
                agent = best.staff.id
                given[agent] = given.get(agent, 0) + line.queue.slots
                self.chosen(house, best)
                picks.append(Pick(case.arrival.id, agent))
            if nth + 1 < len(line.cases):
                heappush(heads, (_order(line, nth + 1), at, nth + 1, line))
        return picks


def _order(line: Line, nth: int) -> tuple[float, float, Id]:
    at_s, ident = place(line.cases[nth])
    return -line.rung.priority, at_s, ident


class RoundRobin(Peer):
    """The next one in the list who is below her cap."""

    name = "round_robin_with_cap"
    about = "Chatwoot's and LiveHelperChat's auto-assignment"

    def __init__(self, rules: Rules = THEIRS) -> None:
        super().__init__(rules)
        self._turn: dict[Id, int] = {}
        self._turns = 0

    def rank(self, house: House, seat: Seat) -> Any:
        """Whose last turn is longest ago."""
        return self._turn.get(seat.staff.id, 0)

    def chosen(self, house: House, seat: Seat) -> None:
        """To the end of the list."""
        self._turns += 1
        self._turn[seat.staff.id] = self._turns


class LeastBusy(Peer):
    """Whoever has the fewest conversations; of those, whose last offer is longest ago."""

    name = "least_busy_first"
    about = "Odoo's live chat, Rocket.Chat's load balancing"

    def rank(self, house: House, seat: Seat) -> Any:
        """Conversations and offers at the moment."""
        return seat.load, seat.offered_s


class LongestIdle(Peer):
    """Whoever has been without work longest, then whose last offer is longest ago."""

    name = "longest_idle_first"
    about = "Amazon Connect, Genesys, Twilio TaskRouter: FIFO by priority"

    def rank(self, house: House, seat: Seat) -> Any:
        """Those without work by how long, then the others."""
        return (0, seat.idle_since_s) if not seat.load else (1, seat.offered_s)


class SpareCapacity(Peer):
    """Whoever has most slots left; of those, whose last offer is longest ago."""

    name = "spare_capacity"
    about = "Zendesk's and Salesforce's omnichannel routing"

    def rank(self, house: House, seat: Seat) -> Any:
        """Slots left, the other way round."""
        return seat.load - seat.capacity, seat.offered_s


class FirstCome(Peer):
    """The first row that fits: a claim with SKIP LOCKED and no order among agents."""

    name = "first_come_greedy"
    about = "a plain database queue"

    def rank(self, house: House, seat: Seat) -> Any:
        """Nothing but the id."""
        return 0


PEERS: tuple[type[Peer], ...] = (RoundRobin, LeastBusy, LongestIdle, SpareCapacity, FirstCome)
