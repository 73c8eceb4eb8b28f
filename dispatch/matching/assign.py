"""Agent per ticket, by the method that suits the wave; `solve` says which and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch.matching.auction import auction
from dispatch.matching.columns import Bools, Floats, Ints
from dispatch.matching.left import NOBODY, Left
from dispatch.matching.problem import Problem
from dispatch.matching.prune import TIE, contenders, pruned, trimmed
from dispatch.matching.serve import serve, settle
from dispatch.matching.stalls import Stalls

FEW = 200
"""Tickets up to which a wave is pruned before its cells are counted; above, little is left out."""

DENSE_CELLS = 200_000
"""Tickets x slots up to which the exact method is used: 100 x 2000 take about 5 ms."""

SHORT_CELLS = 250_000
"""The same bound where not everyone can be served, which is what the auction is less good at, and
which takes the exact method longer: 500 x 500 take 0.15 s.
"""

AUCTION_PAIRS = 6_000_000
"""Allowed pairs up to which the auction is used: 3 million take 0.6 s and 46 MB, 20 million would
take 4.5 s, where `serve` needs 1 s and no longer loses much.
"""

PROBE_ROUNDS = 150
"""Rounds of bidding in which it shows that there are enough slots; common waves need 30 to 120."""


def assign(problem: Problem) -> tuple[Ints, dict[int, float]]:
    """Agent per ticket, and the agents with slots kept free, as in `Left.floor`."""
    if problem.plain:
        return _plain(problem), {}
    assigned, floor = settle(problem)
    assigned = _improve(problem, assigned, floor)
    Left(problem, assigned, floor).fill(assigned)
    return assigned, floor


def _plain(problem: Problem) -> Ints:
    favourites = _favourites(problem)
    if favourites is not None:
        return favourites
    if len(problem.rows) <= FEW:
        small = pruned(problem)
        if len(small.rows) * int(small.slots.sum()) <= DENSE_CELLS:
            return exact(small)
    slots = int(problem.slots.sum())
    if len(problem.rows) > slots:
        few = contenders(problem)
        if len(few) < len(problem.rows):
            assigned = np.full(len(problem.rows), NOBODY, dtype=np.int32)
            assigned[few] = _plain(_only(problem, few))
            return assigned
    cells = len(problem.rows) * slots
    if cells <= DENSE_CELLS:
        return exact(problem)
    biddable = sum(len(row.agents) for row in problem.rows) <= AUCTION_PAIRS
    able = np.array([len(row.agents) > 0 for row in problem.rows])
    if biddable and able.sum() <= slots:
        # Mostly there is enough for all who can be served at all, and then who is needs no search.
        everyone = np.flatnonzero(able).astype(np.int32)
        bought = auction(trimmed(problem), everyone, rounds=PROBE_ROUNDS).assigned
        if (bought[everyone] != NOBODY).all():
            return bought
    served = serve(problem)
    if (served == NOBODY).any() and cells <= SHORT_CELLS:
        return exact(problem)
    if not biddable:
        return served
    chosen = np.flatnonzero(served != NOBODY).astype(np.int32)
    bought = auction(trimmed(problem), chosen).assigned
    if (bought[chosen] != NOBODY).all():
        return bought
    # Rare: a long bidding war. Those still without a slot are fitted in, nobody else is let in.
    bought[chosen] = serve(_only(problem, chosen), bought[chosen])
    return bought


def _only(problem: Problem, tickets: Ints) -> Problem:
    """The same wave with some of its tickets."""
    chosen = tickets.tolist()
    return replace(
        problem,
        rows=[problem.rows[ticket] for ticket in chosen],
        urgency=problem.urgency[tickets],
        sizes=problem.sizes[tickets],
        rooms=[problem.rooms[ticket] for ticket in chosen],
    )


def _favourites(problem: Problem) -> Ints | None:
    """Everyone's best agent, if these are all different."""
    if len({id(row) for row in problem.rows}) < sum(len(row.agents) > 0 for row in problem.rows):
        return None  # two that ask for the same have the same favourite
    best = np.full(len(problem.rows), NOBODY, dtype=np.int32)
    for ticket, row in enumerate(problem.rows):
        if len(row.agents):
            best[ticket] = row.agents[row.worth.argmax()]
    taken = best[best != NOBODY]
    return best if len(np.unique(taken)) == len(taken) else None


def exact(problem: Problem) -> Ints:
    """The optimum of a plain problem: most tickets, then the highest total score. Time is cubic in
    the smaller side.
    """
    from scipy.optimize import linear_sum_assignment  # 0.2 s, and many waves never need it

    tickets, slots = len(problem.rows), int(problem.slots.sum())
    assigned = np.full(tickets, NOBODY, dtype=np.int32)
    if not slots:
        return assigned
    first = np.cumsum(problem.slots) - problem.slots
    agent = np.repeat(np.arange(len(problem.slots)), problem.slots)
    extra = (np.arange(slots) - first[agent]) * problem.step[agent] + TIE * agent
    highest = max((float(r.worth.max()) for r in problem.rows if len(r.worth)), default=0.0)
    lowest = min((float(r.worth.min()) for r in problem.rows if len(r.worth)), default=0.0)
    spread = highest - lowest + float(extra.max())
    # With fewer slots than tickets every slot is filled, if need be by a forbidden ticket; with
    # more, every ticket is placed. So urgency is what a filled slot is spared, or what a ticket
    # left out costs.
    short = slots < tickets
    urgent = problem.urgency.max() - problem.urgency if short else np.zeros(tickets)
    waiting = 0.0 if short else problem.urgency - problem.urgency.min()
    # Forbidden must cost more than the largest gain in worth all others could make of it.
    forbidden = (min(tickets, slots) + 1) * (spread + float(urgent.max()) + 1.0)
    unserved = np.full(tickets, forbidden) + waiting
    cost = np.repeat(unserved[:, None], slots, axis=1)
    known: dict[int, tuple[Bools, Floats]] = {}
    for ticket, row in enumerate(problem.rows):
        found = known.get(id(row))
        if found is None:
            worth = np.full(len(problem.slots), np.nan)
            worth[row.agents] = row.worth
            each = worth[agent]
            allowed = ~np.isnan(each)
            found = known[id(row)] = allowed, (highest - each + extra)[allowed]
        cost[ticket, found[0]] = found[1] + urgent[ticket]
    chosen, column = linear_sum_assignment(cost)
    real = cost[chosen, column] < forbidden
    assigned[chosen[real]] = agent[column[real]]
    return assigned


def _improve(problem: Problem, served: Ints, floor: dict[int, float]) -> Ints:
    """The same tickets served, those of one slot by better agents where there are such.

    Tickets of several slots stay where they are. What remains is an assignment problem once each
    agent with little room for a queue lets it into so many of her slots and no others: those it is
    in already, and the first of the rest.
    """
    units = np.flatnonzero((served != NOBODY) & (problem.sizes == 1)).astype(np.int32)
    if not len(units):
        return served
    stalls = Stalls(problem, served, units, floor)
    found = _plain(stalls.problem)
    if (found == NOBODY).any():
        return served
    better = served.copy()
    better[units] = stalls.owner[found]
    return better
