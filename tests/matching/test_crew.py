"""Agents kept from wave to wave give the answers that agents made anew would."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.presence import RECENT_HALF_S
from dispatch.matching.crew import SHARE_HALF_S, Crew
from dispatch.matching.solve import solve
from dispatch.matching.types import Supply

from .builders import QUEUES, WEIGHTS, agent, people, ticket, waves

HOUR = SHARE_HALF_S


def later(person, seconds):
    """The agent after so many seconds in which nothing happened to her."""
    return replace(
        person,
        idle_s=person.idle_s + seconds,
        recent=person.recent * 2.0 ** (-seconds / SHARE_HALF_S),
    )


@settings(max_examples=100, deadline=None)
@given(
    waves(6, 0, capacity=3, slots=2, width=2, rooms=QUEUES),
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.dictionaries(st.integers(0, 8), st.none() | people(3), min_size=1, max_size=4),
        ),
        max_size=6,
    ),
)
def test_a_crew_that_was_kept_answers_like_one_made_anew(wave, history):
    tickets, _, forbidden = wave
    crew, now = Crew(), 0.0
    known = {}
    for hours, news in history:
        now += hours * HOUR
        known = {name: later(person, hours * HOUR) for name, person in known.items()}
        crew.drop(name for name, person in news.items() if person is None)
        fresh = [replace(person, id=name) for name, person in news.items() if person is not None]
        crew.update(fresh, now)
        for name in news:
            known.pop(name, None)
        known.update((person.id, person) for person in fresh)
        assert crew.supply(now) == Supply.of(known.values())
    assert len(crew) == len(known)
    assert all(name in crew for name in known)
    matches = solve(tickets, crew, WEIGHTS, forbidden, at=now)
    assert matches == solve(tickets, list(known.values()), WEIGHTS, forbidden)
    assert matches == solve(tickets, crew, WEIGHTS, forbidden, at=now)


def test_idle_time_runs_on_without_an_update():
    crew = Crew([agent(1, idle_s=100.0)], at=1000.0)
    crew.update([agent(2, idle_s=110.0)], at=1050.0)
    # At 1050 s the first has been idle for 150 s, although she was fed with 100.
    assert solve([ticket()], crew, WEIGHTS, at=1060.0)[0].agent_id == 1
    idle = solve([ticket()], crew, WEIGHTS, at=1060.0)[0].terms["idle"]
    assert idle == pytest.approx(WEIGHTS.idle * 160.0 / 760.0)


@pytest.mark.parametrize("start", [0.0, 1.8e9, -5.0])
def test_offers_of_long_ago_fade_and_do_not_overflow(start):
    crew = Crew([agent(1, recent=4.0), agent(2, recent=0.0)], at=start)
    year = start + 365 * 86_400.0
    assert crew.supply(start + HOUR).recent == pytest.approx(1.0)
    crew.update([agent(3, recent=1.0)], at=year)
    assert crew.supply(year).recent == pytest.approx(1.0 / 3)
    assert crew.supply(year + HOUR).recent == pytest.approx(0.5 / 3)


def test_offers_fade_as_the_agents_own_count_of_them_does():
    assert SHARE_HALF_S == RECENT_HALF_S


def test_someone_who_left_and_came_back_is_who_she_is_now():
    crew = Crew([agent(1, languages={"de": 4, "cy": 4}, room={"help": 0}), agent(2)])
    crew.drop([1, 99])
    assert len(crew) == 1
    assert 1 not in crew
    assert solve([ticket(language="cy")], crew, WEIGHTS) == []
    crew.update([agent(1)], at=0.0)
    found = solve([ticket(queue="help"), ticket(2, queue="help")], crew, WEIGHTS)
    assert {match.agent_id for match in found} == {1, 2}
