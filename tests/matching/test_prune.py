"""What is left out of a small wave could not have been in its answer."""

from __future__ import annotations

from hypothesis import given, settings

from dispatch.matching.assign import exact
from dispatch.matching.prune import contenders, pruned
from dispatch.matching.solve import solve

from .builders import WEIGHTS, agent, check, ticket, waves
from .test_solve import problem_of


@settings(max_examples=150, deadline=None)
@given(waves(3, 12, capacity=4))
def test_a_pruned_wave_has_the_same_answer(wave):
    problem = problem_of(wave)[2]
    if len(problem.rows) and problem.plain:
        assert exact(pruned(problem)).tolist() == exact(problem).tolist()


@settings(max_examples=100, deadline=None)
@given(waves(12, 3))
def test_only_as_many_alike_as_there_are_slots_compete(wave):
    problem = problem_of(wave)[2]
    if problem.plain and len(problem.rows):
        served = exact(problem) >= 0
        assert set(served.nonzero()[0].tolist()) <= set(contenders(problem).tolist())


def test_of_a_long_line_the_oldest_are_served():
    line = [ticket(n, waited_s=float(n)) for n in range(3000)]
    crew = [agent(n, load=1) for n in range(40)]
    matches = solve(line, crew, WEIGHTS)
    assert [match.ticket_id for match in matches] == list(range(2999, 2959, -1))
    check((line[-60:], crew, frozenset()), matches)
