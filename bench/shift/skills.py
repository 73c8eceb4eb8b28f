"""The textbook house: one site, ten skills, agents with a few of them each, steady load.

The setting of Wallace and Whitt (A staffing algorithm for call centers with skill-based routing,
M&SOM 7, 2005): customers of each skill come at the same rate, every combination of skills is held
by as many agents as any other, and handling is exponential. Everybody answers, after a few seconds
of ringing that occupy the slot. So the pooled system is M/M/N and Erlang C is exact for it.
"""

from __future__ import annotations

import random
from itertools import combinations

from dispatch.matching.types import Id
from dispatch.simulation.erlang import Pooled
from dispatch.simulation.types import Answer, Arrival, Day, Queue, Reply, Shift, Staff
from tickets.ladder import Need, Rung

SKILLS = 10
SLOTS = 200
OCCUPANCY = 0.95
HANDLE_S = 300.0
DELIVERY_S = 0.5
RING_S = 4.0
WARM_S = 20 * HANDLE_S
"""Left out at the start: the house starts empty, and its memory is about eight handling times."""


class Prompt:
    """Everybody accepts, `RING_S` after the offer was made."""

    def answer(self, ticket: Id, agent: Id, at_s: float, nth: int) -> Answer:
        """Accepts."""
        return Answer(Reply.ACCEPT, DELIVERY_S, RING_S - DELIVERY_S)

    def back_s(self, agent: Id, at_s: float) -> float:
        """Nobody is ever paused."""
        return 0.0


def pooled() -> Pooled:
    """The bound: the same customers and slots if everybody had every skill."""
    occupied_s = RING_S + HANDLE_S
    return Pooled(OCCUPANCY * SLOTS / occupied_s, occupied_s, SLOTS)


def house(
    per_agent: int, customers: int, seed: int, *, capacity: int = 1, warm_s: float = WARM_S
) -> Day:
    """A day with so many customers (after warming up) and agents with `per_agent` of the skills.

    The customers depend on the seed alone: houses of different agents get the same ones.
    """
    rng = random.Random(seed)
    rate = pooled().rate
    end_s = warm_s + customers / rate
    arrivals: list[Arrival] = []
    at_s = rng.expovariate(rate)
    while at_s < end_s:
        skill = rng.randrange(SKILLS)
        arrivals.append(Arrival(len(arrivals), at_s, skill, "en", rng.expovariate(1 / HANDLE_S)))
        at_s += rng.expovariate(rate)
    return Day(
        queues={
            skill: Queue(skill, "desk", Rung((Need(1, {skill: 1}),)), service_level_s=60.0)
            for skill in range(SKILLS)
        },
        arrivals=arrivals,
        staff=_staff(per_agent, capacity, end_s),
        behaviour=Prompt(),
        end_s=end_s,
    )


def _staff(per_agent: int, capacity: int, end_s: float) -> list[Staff]:
    """Every combination of `per_agent` skills as often as any other, give or take one."""
    sets = list(combinations(range(SKILLS), per_agent))
    random.Random(per_agent).shuffle(sets)
    agents = SLOTS // capacity
    return [
        Staff(
            id=number,
            desks=frozenset({"desk"}),
            languages={"en": 1},
            skills=dict.fromkeys(
                sets[number * len(sets) // agents % len(sets)]
                if len(sets) > agents
                else sets[number % len(sets)],
                1,
            ),
            shifts=(Shift(0.0, end_s, capacity),),
        )
        for number in range(agents)
    ]
