"""A wave in numbers: who may take what, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.matching.columns import Floats, Ints, Longs
from dispatch.matching.types import Supply


@dataclass(frozen=True, slots=True)
class Row:
    """The agents one ticket may go to, by position in ascending order, and their worth without
    urgency.
    """

    agents: Ints
    worth: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """A wave in numbers.

    `rows[t]` lists the agents for ticket t; `urgency[t]` is the weighted urgency, the same for all
    of them. Slot k (0, 1, …) of agent a costs `k * step[a]` on top; `slots[a]` of them are free.

    Ticket t takes `sizes[t]` slots. An agent in its row has that many in all, but they may not be
    free. `rooms[t]` is how many more tickets of its queue each agent may take, one array for all
    tickets of the queue; None where the slots are the tighter limit for everyone. `lead` is the
    weighted urgency by which a ticket of several slots must lead for slots to be kept for it.
    """

    rows: Sequence[Row]
    urgency: Floats
    slots: Ints
    step: Floats
    sizes: Ints
    rooms: Sequence[Ints | None]
    lead: float

    @property
    def plain(self) -> bool:
        """One slot each, and no limits but the slots: an assignment problem."""
        return all(room is None for room in self.rooms) and not (self.sizes > 1).any()


@dataclass(frozen=True, slots=True)
class Wave:
    """A problem, and who its positions are: agent a has place `places[a]` in the crew, and her
    rarest language or skill the rarity `rarest[a]`. Tickets of the same `kinds` ask for the same.
    """

    problem: Problem
    places: Longs
    rarest: Floats
    supply: Supply
    kinds: Sequence[int]

    def candidates(self, ticket: int) -> int:
        """How many agents could take this ticket now."""
        agents = self.problem.rows[ticket].agents
        size = int(self.problem.sizes[ticket])
        if size == 1:
            return len(agents)
        return int((self.problem.slots[agents] >= size).sum())
