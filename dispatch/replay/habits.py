"""How the people of a recorded time behave when things go otherwise than they went. Pure.

What was seen is repeated as it was. What was not, since the replay brings others together, is drawn
from the same agent's own record, by dice that depend on ticket and agent alone, so that two
policies meet the same people.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from dispatch.matching.types import Id
from dispatch.simulation.dice import uniform
from dispatch.simulation.types import Answer, Reply

One = TypeVar("One")

OWN = 5
"""An agent with so many recorded answers is herself half of the time, and like everybody else; with
more of them more often.
"""

QUICK = Answer(Reply.ACCEPT, 0.5, 4.0)
"""Where nothing at all was recorded: a phone that works and an agent who takes it."""


class Habits:
    """Recorded answers, and how long agents who missed offers stayed away (`away_s`)."""

    def __init__(
        self,
        seed: int,
        met: Mapping[tuple[Id, Id], Sequence[Answer]],
        answers: Mapping[Id, Sequence[Answer]],
        away_s: Sequence[float],
    ) -> None:
        self._seed, self._met, self._answers = seed, met, answers
        self._everybody = [answer for agent in sorted(answers) for answer in answers[agent]]
        self._away = sorted(away_s)

    def answer(self, ticket: Id, agent: Id, at_s: float, nth: int) -> Answer:
        """As it was, when this agent was offered this ticket; else as she is wont to."""
        seen = self._met.get((ticket, agent), ())
        if nth < len(seen):
            return seen[nth]
        own = self._answers.get(agent, ())
        hers = uniform(self._seed, "own", ticket, agent, nth) < len(own) / (len(own) + OWN)
        pool = own if hers else self._everybody
        return _one(pool, uniform(self._seed, "answer", ticket, agent, nth)) or QUICK

    def back_s(self, agent: Id, at_s: float) -> float:
        """One of the recorded absences, or a minute."""
        return _one(self._away, uniform(self._seed, "back", agent, at_s)) or 60.0


def _one(pool: Sequence[One], share: float) -> One | None:
    return pool[int(share * len(pool))] if pool else None


class Patience:
    """How long customers wait before they leave, learnt from those who left and those who did not.

    The product-limit estimate (Kaplan and Meier, "Nonparametric Estimation from Incomplete
    Observations", 1958): whoever was answered is known to have had at least the patience of her
    wait.
    """

    def __init__(self, left_s: Sequence[float], answered_s: Sequence[float]) -> None:
        """`left_s`: waits of those who left; `answered_s`: of those who were answered."""
        moments = sorted([(wait, 0) for wait in left_s] + [(wait, 1) for wait in answered_s])
        self._at: list[float] = []
        factors: list[float] = []
        for place, (wait, answered) in enumerate(moments):
            if not answered:
                self._at.append(wait)
                factors.append(1.0 - 1.0 / (len(moments) - place))
        # Share of all customers who are still there after each moment at which somebody left.
        self._still = list(accumulate(factors, lambda share, factor: share * factor))

    def more_than(self, waited_s: float, share: float) -> float:
        """Seconds of patience of somebody known to have waited `waited_s`; `share` in (0, 1) says
        which of those who are like her. Infinity beyond what was ever seen."""
        known = bisect_right(self._at, waited_s)
        before = self._still[known - 1] if known else 1.0
        for at, still in zip(self._at[known:], self._still[known:], strict=True):
            if still <= before * (1.0 - share):
                return at
        return math.inf
