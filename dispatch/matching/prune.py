"""Leaving out what cannot be in the answer: a wave of few tickets is small, however large the house.

With n tickets, each of them goes to one of its n best slots: the others can fill n - 1 of these at
most, and whoever sits on a worse one could move to the best that is free. So of every row the n
best agents are enough, and of an agent's slots as many as there are tickets for her. And of tickets
that ask for the same, only as many of the most urgent as there are slots for them can be served.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from dispatch.matching.columns import Ints
from dispatch.matching.problem import Problem, Row

TIE = 1e-10
"""Handicap per place in the order of agents: decides exact ties and nothing else."""


def contenders(problem: Problem) -> Ints:
    """The tickets of a plain problem that could be served, in order; earlier ones are the more
    urgent.
    """
    left: dict[int, int] = {}
    chosen = []
    for ticket, row in enumerate(problem.rows):
        slots = left.get(id(row))
        if slots is None:
            slots = int(problem.slots[row.agents].sum())
        left[id(row)] = slots - 1
        if slots > 0:
            chosen.append(ticket)
    return np.array(chosen, dtype=np.int32)


def pruned(problem: Problem) -> Problem:
    """The same plain problem, with the same best answers, without agents and slots nobody needs."""
    most = len(problem.rows)
    shorter = {
        id(row): best_of(row, most) for row in {id(row): row for row in problem.rows}.values()
    }
    return trimmed(replace(problem, rows=[shorter[id(row)] for row in problem.rows]))


def trimmed(problem: Problem) -> Problem:
    """The same plain problem with no more slots of an agent than there are tickets for her."""
    wanted = np.zeros(len(problem.slots), dtype=np.int32)
    counts = Counter(map(id, problem.rows))
    for row in {id(row): row for row in problem.rows}.values():
        wanted[row.agents] += counts[id(row)]
    return replace(problem, slots=np.minimum(problem.slots, wanted))


def best_of(row: Row, most: int) -> Row:
    """The `most` best agents of a row; of equals those who come first, as everywhere."""
    if len(row.agents) <= most:
        return row
    keep = np.argpartition(TIE * row.agents - row.worth, most - 1)[:most]
    keep.sort()
    return Row(row.agents[keep], row.worth[keep])
