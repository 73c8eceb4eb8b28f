"""Whole waves against the slow true answer, and the promises made to people."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.matching import assign as solving
from dispatch.matching import auction as auctions
from dispatch.matching.arrays import build
from dispatch.matching.assign import exact
from dispatch.matching.crew import Crew
from dispatch.matching.left import NOBODY
from dispatch.matching.score import score, urgency
from dispatch.matching.serve import serve
from dispatch.matching.solve import solve
from dispatch.matching.types import Supply, Weights

from .builders import QUEUES, WEIGHTS, agent, check, ticket, true_best, waves

METHODS = ("exact", "auction", "greedy")


def use(monkeypatch, method):
    """Send waves of any size down one path."""
    monkeypatch.setattr(solving, "_favourites", lambda problem: None)
    if method != "exact":
        monkeypatch.setattr(solving, "DENSE_CELLS", -1)
        monkeypatch.setattr(solving, "SHORT_CELLS", -1)
    if method == "greedy":
        monkeypatch.setattr(solving, "AUCTION_PAIRS", -1)


def problem_of(wave, weights=WEIGHTS):
    """The tickets in order, the agents who might take one, and both in numbers."""
    tickets, agents, forbidden = wave
    waiting = sorted(tickets, key=lambda one: (-urgency(one), one.id))
    crew = Crew(agents)
    built = build(waiting, crew, weights, forbidden, 0.0)
    return waiting, [crew.agent(place, 0.0) for place in built.places.tolist()], built.problem


def worth(problem, assigned):
    """Total without urgency."""
    total, used = 0.0, {}
    for row, at in zip(problem.rows, assigned.tolist(), strict=True):
        if at != NOBODY:
            total += row.worth[row.agents.tolist().index(at)] - used.get(at, 0) * problem.step[at]
            used[at] = used.get(at, 0) + 1
    return total


def dual(problem, outcome):
    """No assignment that serves everyone is worth more, whatever the prices (weak duality)."""
    best = [float((row.worth - outcome.prices[row.agents]).max()) for row in problem.rows]
    return sum(best) + outcome.rent


@settings(deadline=None)
@given(waves(8, 8, capacity=3, slots=2, rooms=QUEUES))
def test_the_vectorised_worth_equals_the_score(wave):
    waiting, able, problem = problem_of(wave)
    supply = Supply.of(wave[1])
    for one, row, urgent in zip(waiting, problem.rows, problem.urgency, strict=True):
        expected = {}
        for person in wave[1]:
            found = score(one, person, WEIGHTS, supply)
            if found is not None and (one.id, person.id) not in wave[2]:
                expected[person.id] = found.total
        free = problem.slots[row.agents] >= one.slots
        found = [able[at].id for at in row.agents[free].tolist()]
        assert set(found) == set(expected)
        assert len(set(found)) == len(found)
        assert (row.worth[free] + urgent).tolist() == pytest.approx(
            [expected[name] for name in found], abs=1e-9
        )


@settings(max_examples=200, deadline=None)
@given(waves(6, 4))
def test_a_wave_is_the_best_there_is(wave):
    matches = solve(wave[0], wave[1], WEIGHTS, wave[2])
    check(wave, matches)
    count, total = true_best(wave)
    assert len(matches) == count
    if problem_of(wave)[2].plain:
        assert sum(match.score for match in matches) == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=150, deadline=None)
@given(wave=waves(6, 4, rooms=QUEUES))
def test_every_method_serves_as_many_as_possible(method, wave):
    with pytest.MonkeyPatch.context() as patch:
        use(patch, method)
        matches = solve(wave[0], wave[1], WEIGHTS, wave[2])
    check(wave, matches)
    count, total = true_best(wave)
    assert len(matches) == count
    if method == "exact" and problem_of(wave)[2].plain:
        assert sum(match.score for match in matches) == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=100, deadline=None)
@given(wave=waves(7, 5, capacity=4, slots=3, width=3, rooms=QUEUES))
def test_no_pair_is_left_with_slots_of_all_sizes_room_and_broadcasts(method, wave):
    with pytest.MonkeyPatch.context() as patch:
        use(patch, method)
        matches = solve(wave[0], wave[1], WEIGHTS, wave[2])
    check(wave, matches)


@settings(max_examples=150, deadline=None)
@given(waves(12, 10, capacity=3, rooms=()), st.sampled_from((1, 2, auctions.SPARE)))
def test_the_auction_stays_within_its_bound(wave, spare):
    waiting, able, problem = problem_of(wave)
    if not waiting or not able:
        return
    del waiting, able
    served = np.flatnonzero(serve(problem) != NOBODY).astype(np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auctions, "SPARE", spare)
        # Without haste, which a tight wave may bring on and which the bound excludes.
        outcome = auctions.auction(problem, served, patience=auctions.MOST_ROUNDS)
    assert np.flatnonzero(outcome.assigned != NOBODY).tolist() == served.tolist()
    same = solving._only(problem, served)
    best = worth(same, exact(same)) if len(served) else 0.0
    slack = len(served) * auctions.epsilon(problem) + 1e-6
    assert dual(same, outcome) <= worth(problem, outcome.assigned) + slack
    assert best - slack <= worth(problem, outcome.assigned) <= best + 1e-6


@settings(max_examples=150, deadline=None)
@given(waves(7, 4))
def test_the_set_served_is_the_most_urgent_of_the_largest(wave):
    waiting, _, problem = problem_of(wave)
    served = [urgency(one) for one, at in zip(waiting, serve(problem), strict=True) if at != NOBODY]
    only_urgency = Weights.from_terms(1, dict.fromkeys(Weights.names(), 0) | {"urgency": 1})
    count, total = true_best(wave, only_urgency)
    assert len(served) == count
    assert sum(served) == pytest.approx(total)


def test_an_interrupted_auction_is_completed(monkeypatch):
    use(monkeypatch, "auction")
    monkeypatch.setattr(auctions, "MOST_ROUNDS", 1)
    tickets = [ticket(n, language=("de", "en")[n % 2], level=n % 3) for n in range(12)]
    agents = [agent(n, languages={"de": 3, "en": 3}, idle_s=60.0 * n) for n in range(6)]
    matches = solve(tickets, agents, WEIGHTS)
    check((tickets, agents, frozenset()), matches)
    assert len(matches) == 12


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60, deadline=None)
@given(wave=waves(8, 6, capacity=3, slots=2, width=2, rooms=QUEUES), seed=st.integers(0, 2**32))
def test_the_order_of_the_input_does_not_matter(method, wave, seed):
    tickets, agents, forbidden = wave
    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        use(patch, method)
        before = solve(tickets, agents, WEIGHTS, forbidden)
        mixed = solve(
            rng.sample(tickets, len(tickets)), rng.sample(agents, len(agents)), WEIGHTS, forbidden
        )
    assert mixed == before


@pytest.mark.parametrize("tickets", [1, 2])
def test_ties_go_to_the_longest_idle_and_then_to_the_lowest_id(tickets):
    free = Weights.from_terms(1, {"idle": 0})
    agents = [agent(n, idle_s=idle) for n, idle in ((4, 5.0), (3, 9.0), (2, 9.0), (1, 5.0))]
    matches = solve([ticket(n) for n in range(tickets)], agents, free)
    assert [match.agent_id for match in matches] == [2, 3][:tickets]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ahead", [{"waited_s": 30.01}, {"misses": 1}, {"service_level_s": 59.9}])
def test_the_more_urgent_of_two_alike_gets_the_one_slot(monkeypatch, method, ahead):
    use(monkeypatch, method)
    matches = solve([ticket(1), ticket(2, **ahead)], [agent(load=1)], WEIGHTS)
    assert [match.ticket_id for match in matches] == [2]


@pytest.mark.parametrize("method", METHODS)
def test_nothing_outweighs_a_long_wait(monkeypatch, method):
    use(monkeypatch, method)
    lead = WEIGHTS.lead_that_always_wins * 60.0 + 1.0
    old = ticket(1, level=3, waited_s=lead)
    young = ticket(2, level=1, waited_s=0.0, wanted_agent=1, previous_agent=1)
    assert [match.ticket_id for match in solve([old, young], [agent(load=1)], WEIGHTS)] == [1]
    # Not so a moment: with as good as the same wait the agent who was asked for is worth more.
    near = ticket(1, level=3, waited_s=1.0)
    if method == "exact":
        assert [m.ticket_id for m in solve([near, young], [agent(load=1)], WEIGHTS)] == [2]


@pytest.mark.parametrize("method", METHODS)
def test_serving_more_does_not_starve_the_oldest(monkeypatch, method):
    use(monkeypatch, method)
    old = ticket(0, language="cy", waited_s=900.0)
    rest = [ticket(n, language="de", waited_s=float(n)) for n in range(1, 5)]
    agents = [
        agent(1, languages={"cy": 3, "de": 3}, capacity=1),
        agent(2, capacity=1),
        agent(3, capacity=1),
    ]
    matches = solve([old, *rest], agents, WEIGHTS)
    assert [match.ticket_id for match in matches] == [0, 4, 3]
    assert matches[0].agent_id == 1


@pytest.mark.parametrize("tickets", [1, 2])
def test_the_rare_speaker_is_spared_although_she_has_been_idle_longer(tickets):
    rare = agent(1, languages={"de": 3, "cy": 3}, idle_s=900.0)
    common = [agent(n, idle_s=100.0) for n in range(2, 12)]
    some = [ticket(n) for n in range(tickets)]
    assert 1 not in {match.agent_id for match in solve(some, [rare, *common], WEIGHTS)}
    careless = Weights.from_terms(1, {"scarcity": 0})
    assert 1 in {match.agent_id for match in solve(some, [rare, *common], careless)}
    welsh = solve([ticket(language="cy")], [rare, *common], WEIGHTS)
    assert [match.agent_id for match in welsh] == [1]


@pytest.mark.parametrize("method", METHODS)
def test_work_spreads_before_it_piles_up(monkeypatch, method):
    use(monkeypatch, method)
    agents = [agent(n, capacity=4) for n in range(5)]
    matches = solve([ticket(n) for n in range(10)], agents, WEIGHTS)
    assert sorted(match.agent_id for match in matches) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_previous_and_the_wanted_agent_are_preferred_unless_forbidden():
    agents = [agent(n) for n in range(4)]
    some = [ticket(1, previous_agent=2), ticket(2, wanted_agent=3), ticket(3, previous_agent=99)]
    found = {match.ticket_id: match.agent_id for match in solve(some, agents, WEIGHTS)}
    assert (found[1], found[2]) == (2, 3)
    found = {m.ticket_id: m.agent_id for m in solve(some, agents, WEIGHTS, {(1, 2), (2, 3)})}
    assert found[1] != 2
    assert found[2] != 3


def test_nothing_to_do_is_no_matches():
    assert solve([], [agent()], WEIGHTS) == []
    assert solve([ticket()], [], WEIGHTS) == []
    assert solve([ticket()], [agent(load=2)], WEIGHTS) == []
    assert solve([ticket(), ticket(2)], [agent(desks=frozenset())], WEIGHTS) == []
