"""Waves too large for brute force: the short lists, rebuilt lists and long queues of the
auction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.waves import wave
from dispatch.matching import assign as solving
from dispatch.matching import auction as auctions
from dispatch.matching.assign import exact
from dispatch.matching.left import NOBODY
from dispatch.matching.serve import serve
from dispatch.matching.solve import solve

from .builders import WEIGHTS, check
from .test_solve import dual, problem_of, worth


def unlike(tickets, agents):
    return tickets, agents


def alike(tickets, agents):
    """Everyone speaks it and nothing else is asked for: one long queue."""
    return (
        [replace(one, language="l0", level=1, skills={}) for one in tickets],
        [replace(one, languages={**one.languages, "l0": 3}) for one in agents],
    )


def by_language(tickets, agents):
    return [replace(one, level=1, skills={}) for one in tickets], agents


def short(tickets, agents):
    return tickets, agents[:60]


@pytest.mark.parametrize("spare", [2, auctions.SPARE])
@pytest.mark.parametrize("shape", [unlike, alike, by_language, short])
def test_a_large_wave_is_valid_and_within_the_bound(shape, spare, monkeypatch):
    tickets, agents = shape(*wave(250, 700, seed=3))
    monkeypatch.setattr(solving, "SHORT_CELLS", -1)
    monkeypatch.setattr(auctions, "SPARE", spare)
    matches = solve(tickets, agents, WEIGHTS)
    check((tickets, agents, frozenset()), matches)
    problem = problem_of((tickets, agents, frozenset()))[2]
    served = serve(problem)
    assert len(matches) == (served != NOBODY).sum() == (exact(problem) != NOBODY).sum()

    outcome = auctions.auction(problem, np.flatnonzero(served != NOBODY).astype(np.int32))
    assert outcome.rounds < auctions.MOST_ROUNDS
    if shape is short:
        return
    assert outcome.rounds < auctions.PATIENCE
    slack = len(matches) * auctions.epsilon(problem) + 1e-6
    found, best = worth(problem, outcome.assigned), worth(problem, exact(problem))
    assert found <= best + 1e-6
    assert best <= dual(problem, outcome) + 1e-6
    assert dual(problem, outcome) <= found + slack


def test_like_tickets_bid_together_and_not_against_each_other():
    tickets, agents = alike(*wave(250, 700, seed=3))
    tickets = [replace(one, previous_agent=None) for one in tickets]
    problem = problem_of((tickets, agents, frozenset()))[2]
    outcome = auctions.auction(problem, np.arange(250, dtype=np.int32))
    assert outcome.rounds == 1
    assert dual(problem, outcome) <= (
        worth(problem, outcome.assigned) + 250 * auctions.epsilon(problem) + 1e-6
    )
    assert worth(problem, outcome.assigned) == pytest.approx(worth(problem, exact(problem)))


def test_two_long_queues_settle_in_a_few_rounds():
    tickets, agents = wave(250, 700, seed=3)
    tickets = [
        replace(one, language=f"l{at % 2}", level=1, skills={}, previous_agent=None)
        for at, one in enumerate(tickets)
    ]
    problem = problem_of((tickets, agents, frozenset()))[2]
    # More than a hundred if a queue bids against itself for what it already holds.
    assert auctions.auction(problem, np.arange(250, dtype=np.int32)).rounds < 20
