"""Seeded waves of any size for the matching benchmark."""

from __future__ import annotations

import random
from uuid import UUID

from dispatch.matching.types import Agent, Ticket

DESK = UUID(int=1)
LANGUAGES = 10
SKILLS = 50
LEVELS = 5


def wave(tickets: int, agents: int, *, seed: int = 7) -> tuple[list[Ticket], list[Agent]]:
    """`tickets` waiting and `agents` with one to three free slots, about 3 % of the pairs allowed.

    An agent speaks two of ten languages and has twelve of fifty skills; a ticket asks for one of
    each, at a level that about half of those who have it reach.
    """
    rng = random.Random(seed)
    names = [f"l{index}" for index in range(LANGUAGES)]
    skills = list(range(1000, 1000 + SKILLS))
    people = []
    for _ in range(agents):
        capacity = rng.randint(2, 4)
        people.append(
            Agent(
                id=UUID(int=rng.getrandbits(128)),
                desks=frozenset({DESK}),
                languages={name: rng.randint(2, LEVELS) for name in rng.sample(names, 2)},
                skills={skill: rng.randint(1, LEVELS) for skill in rng.sample(skills, 12)},
                load=rng.randint(0, capacity - 1),
                capacity=capacity,
                idle_s=rng.expovariate(1 / 300),
            )
        )
    waiting = [
        Ticket(
            id=UUID(int=rng.getrandbits(128)),
            desk=DESK,
            language=rng.choice(names),
            level=rng.randint(1, 3),
            skills={rng.choice(skills): rng.randint(1, 4)},
            waited_s=rng.expovariate(1 / 40),
            service_level_s=rng.choice((30.0, 60.0, 120.0)),
            misses=rng.choice((0, 0, 0, 1)),
            previous_agent=rng.choice(people).id if rng.random() < 0.2 else None,
        )
        for _ in range(tickets)
    ]
    return waiting, people
