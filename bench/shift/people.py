"""How made-up agents and their phones behave, by dice that depend on who and what alone."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.matching.types import Id
from dispatch.simulation.dice import exponential, lognormal, uniform
from dispatch.simulation.types import Answer, Reply

LOST = 0.01
"""Share of offers that a phone never draws: no signal, or the system put the app to sleep."""

AWAY_EVERY_S = 3600.0
AWAY_S = 90.0
"""Now and then an agent looks away from the phone: the door, a child, a kettle."""


@dataclass(frozen=True, slots=True)
class Person:
    """`accepts` of the offers she sees; `draws_s` and `answers_s` are medians."""

    accepts: float
    draws_s: float
    answers_s: float

    @classmethod
    def drawn(cls, rng: random.Random) -> Person:
        """Somebody: one phone in ten is slow."""
        return cls(
            accepts=0.70 + 0.29 * rng.betavariate(4, 1.2),
            draws_s=rng.lognormvariate(math.log(0.4), 0.4) if rng.random() < 0.9 else 3.0,
            answers_s=rng.lognormvariate(math.log(3.5), 0.3),
        )


class Phones:
    """The behaviour of the people of a day."""

    def __init__(self, seed: int, people: Mapping[Id, Person]) -> None:
        self._seed, self._people = seed, people

    def answer(self, ticket: Id, agent: Id, at_s: float, nth: int) -> Answer:
        """By this agent's habits and this pair's dice, and whether she is away just now."""
        person, what = self._people[agent], (ticket, agent, nth)
        seed = self._seed
        if uniform(seed, "lost", *what) < LOST:
            return Answer(Reply.MISS, math.inf)
        drawn_s = lognormal(uniform(seed, "drawn", *what), person.draws_s, 0.8)
        if self._away(agent, at_s):
            return Answer(Reply.MISS, drawn_s)
        after_s = lognormal(uniform(seed, "answered", *what), person.answers_s, 0.45)
        takes = uniform(seed, "takes", *what) < person.accepts
        return Answer(Reply.ACCEPT if takes else Reply.DECLINE, drawn_s, after_s)

    def back_s(self, agent: Id, at_s: float) -> float:
        """A paused agent sees the question when she is back, and answers soon."""
        return 20.0 + exponential(uniform(self._seed, "back", agent, at_s), 60.0)

    def _away(self, agent: Id, at_s: float) -> bool:
        """Each hour of an agent has one absence, somewhere in it."""
        hour, within = divmod(at_s, AWAY_EVERY_S)
        begins = uniform(self._seed, "away", agent, hour) * AWAY_EVERY_S
        lasts = exponential(uniform(self._seed, "lasts", agent, hour), AWAY_S)
        return begins <= within < begins + lasts
