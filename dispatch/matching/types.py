"""What goes into a wave and what comes out of it.

Plain frozen values: no model, clock or random number. Times are durations in seconds that the
caller has already measured against one `now`, so the same input gives the same answer in a replay a
month later.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from dispatch.matching.weights import Weights as Weights

Id: TypeAlias = Any
"""A `uuid.UUID` in production. Ids of one kind must be hashable and sortable among themselves."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody must have to qualify: a language at a level, and skills at levels.

    With the language None any language will do, and `level` means nothing.
    """

    language: str | None
    level: int
    skills: Mapping[Id, int]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One waiting conversation.

    `level` and the values of `skills` are the lowest levels that will do, on whatever scale the
    agents' levels use. `service_level_s` is the answer time promised by the queue; `misses` counts
    earlier offers of this ticket that were declined or expired. `previous_agent` and `wanted_agent`
    are preferred.

    - `queue`: whose room the agents have (see `Agent.room`); None counts against none.
    - `priority`: service levels added to the urgency, by the queue and its ladder.
    - `slots`: how many of an agent's slots a conversation of this kind takes, 1 or more.
    - `width`: how many agents are asked at once, 1 or more; one of them wins.
    - `only`: nobody else may have it now (an agent asked for by name, or the previous one's first
      refusal).
    - `others`: further ways to qualify, such as a ladder's fallback queue or, as a skill that only
      they have, the supervisors. Who meets the ticket's own request has the weight `fallback` over
      them.
    """

    id: Id
    desk: Id
    language: str
    level: int
    skills: Mapping[Id, int]
    waited_s: float
    service_level_s: float
    misses: int = 0
    previous_agent: Id | None = None
    wanted_agent: Id | None = None
    queue: Id | None = None
    priority: float = 0.0
    slots: int = 1
    width: int = 1
    only: Id | None = None
    others: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent who may be offered work: `load` slots of `capacity` are taken, idle for
    `idle_s`.

    - `room`: by queue, how many more of its tickets she may take now. A queue that is absent has no
      limit of its own; 0 closes it (its cap is reached, or the spacing is not over).
    - `recent`: offers she got lately, each counting less the older it is.
    - `taken`: conversations she ever took; None is unknown, and no newcomer.
    """

    id: Id
    desks: frozenset[Id]
    languages: Mapping[str, int]
    skills: Mapping[Id, int]
    load: int
    capacity: int
    idle_s: float
    room: Mapping[Id, int] = field(default_factory=dict)
    recent: float = 0.0
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """What the free agents are like as a whole.

    How rare each language and skill is among them, from 0 (all have it) to 1 (one has it), and
    `recent`, the mean of the offers they got lately.
    """

    languages: Mapping[str, float]
    skills: Mapping[Id, float]
    recent: float = 0.0

    @classmethod
    def of(cls, agents: Iterable[Agent]) -> Supply:
        """Count the agents with a free slot. Rarity of what k of n agents have is ln(n/k) / ln(n).

        That is the information content of meeting such an agent, scaled so that it does not depend
        on the size of the house: one speaker in ten and one in ten thousand are equally the last
        one.
        """
        free = [agent for agent in agents if agent.load < agent.capacity]
        spoken = Counter(chain.from_iterable(agent.languages for agent in free))
        mastered = Counter(chain.from_iterable(agent.skills for agent in free))
        return cls(
            {name: rarity(count, len(free)) for name, count in spoken.items()},
            {name: rarity(count, len(free)) for name, count in mastered.items()},
            sum(grains(agent.recent) for agent in free) / GRAIN / len(free) if free else 0.0,
        )


def rarity(count: int, free: int) -> float:
    """Rarity of what `count` (1 or more) of `free` agents have, 0..1; see `Supply.of`."""
    return math.log(free / count) / math.log(free) if free > 1 else 0.0


GRAIN = 2**20
"""Parts of an offer in which means are counted: sums of integers don't depend on the order."""


def grains(recent: float) -> int:
    """`recent` in whole parts."""
    return round(recent * GRAIN)


@dataclass(frozen=True, slots=True)
class Score:
    """A pair's worth: `terms` are the weighted parts by name, `total` their sum. Higher is
    better.
    """

    total: float
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Match:
    """One ticket for one agent, with the receipt: why this agent, and out of how many who could.

    `broadcast` is set on all matches of a ticket that goes to several agents at once.
    """

    ticket_id: Id
    agent_id: Id
    score: float
    terms: Mapping[str, float]
    candidates: int
    broadcast: bool = False
