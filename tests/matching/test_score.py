"""The score, rule by rule."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.matching import score as rules
from dispatch.matching.score import score
from dispatch.matching.types import Ask, Score, Supply, Weights

from .builders import WEIGHTS, agent, ticket


def scored(one, person, supply=None) -> Score:
    found = score(one, person, WEIGHTS, supply)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "person"),
    [
        pytest.param(ticket(), agent(load=2), id="no free slot"),
        pytest.param(ticket(), agent(load=3), id="more than full"),
        pytest.param(ticket(), agent(capacity=0), id="no slots at all"),
        pytest.param(ticket(desk="bank"), agent(), id="another desk"),
        pytest.param(ticket(language="cy"), agent(), id="another language"),
        pytest.param(ticket(level=4), agent(), id="language too weak"),
        pytest.param(ticket(skills={1: 1}), agent(), id="skill missing"),
        pytest.param(ticket(skills={1: 3}), agent(skills={1: 2}), id="skill too weak"),
        pytest.param(ticket(skills={1: 1, 2: 1}), agent(skills={1: 4}), id="one of two skills"),
        pytest.param(ticket(wanted_agent=1, level=4), agent(), id="wanted, but too weak"),
    ],
)
def test_a_pair_is_forbidden_when(one, person):
    assert score(one, person, WEIGHTS) is None


def test_levels_exactly_met_are_enough():
    assert score(ticket(level=3, skills={1: 2}), agent(skills={1: 2}, load=1), WEIGHTS)


def test_the_total_is_the_sum_of_the_named_terms():
    supply = Supply({"de": 0.1, "cy": 0.9}, {}, recent=2.0)
    one = ticket(
        level=5, previous_agent=1, wanted_agent=1, others=(Ask("cy", 9, {}), Ask("de", 2, {1: 1}))
    )
    person = agent(languages={"de": 4, "cy": 1}, skills={1: 2}, load=1, recent=1.0, taken=3)
    found = scored(one, person, supply)
    assert tuple(found.terms) == Weights.names()
    assert found.total == pytest.approx(sum(found.terms.values()))
    assert all(found.terms.values())


@pytest.mark.parametrize(
    ("term", "worse", "better"),
    [
        (
            "language",
            (ticket(), agent(languages={"de": 3})),
            (ticket(), agent(languages={"de": 4})),
        ),
        (
            "skill",
            (ticket(skills={1: 1}), agent(skills={1: 2})),
            (ticket(skills={1: 1}), agent(skills={1: 3})),
        ),
        (
            "skill",
            (ticket(skills={1: 1, 2: 1}), agent(skills={1: 9, 2: 2})),
            (ticket(skills={1: 1, 2: 1}), agent(skills={1: 3, 2: 3})),
        ),
        ("urgency", (ticket(waited_s=30.0), agent()), (ticket(waited_s=31.0), agent())),
        ("urgency", (ticket(service_level_s=60.0), agent()), (ticket(service_level_s=9), agent())),
        ("urgency", (ticket(), agent()), (ticket(misses=1), agent())),
        (
            "previous_agent",
            (ticket(previous_agent=2), agent()),
            (ticket(previous_agent=1), agent()),
        ),
        ("wanted_agent", (ticket(), agent()), (ticket(wanted_agent=1), agent())),
        ("load", (ticket(), agent(load=1)), (ticket(), agent(load=0))),
        ("load", (ticket(), agent(load=1)), (ticket(), agent(load=1, capacity=3))),
        ("idle", (ticket(), agent(idle_s=60.0)), (ticket(), agent(idle_s=61.0))),
    ],
)
def test_only_the_named_term_rises(term, worse, better):
    low, high = scored(*worse), scored(*better)
    assert high.terms[term] > low.terms[term]
    assert high.total > low.total
    others = [name for name in low.terms if name != term]
    assert [low.terms[name] for name in others] == [high.terms[name] for name in others]


def test_another_rare_language_makes_an_agent_dearer_but_not_for_who_needs_it():
    supply = Supply({"de": 0.1, "en": 0.2, "cy": 0.9}, {})
    plain = agent(1)
    rare = agent(2, languages={"de": 3, "cy": 3})
    rarer = scored(ticket(), rare, supply).terms["scarcity"]
    assert rarer < scored(ticket(), plain, supply).terms["scarcity"] == 0
    assert (
        rarer < scored(ticket(), agent(3, languages={"de": 3, "en": 3}), supply).terms["scarcity"]
    )
    assert scored(ticket(language="cy"), rare, supply).terms["scarcity"] == 0


def test_a_rare_skill_is_spared_like_a_rare_language():
    supply = Supply({"de": 0.1}, {1: 0.2, 2: 0.8})
    both = agent(skills={1: 3, 2: 3})
    assert scored(ticket(skills={1: 1}), both, supply).terms["scarcity"] < 0
    assert scored(ticket(skills={2: 1}), both, supply).terms["scarcity"] == 0


def test_rarity_goes_from_none_to_all_for_the_only_one():
    crew = [agent(1, languages={"de": 1, "cy": 1})] + [agent(n) for n in range(2, 11)]
    supply = Supply.of([*crew, agent(11, languages={"fr": 1}, load=2)])
    assert supply.languages == {"de": 0.0, "cy": pytest.approx(1.0)}
    assert Supply.of([agent(skills={1: 1})]) == Supply({"de": 0.0}, {1: 0.0})
    assert Supply.of([]) == Supply({}, {})


@settings(deadline=None)
@given(st.floats(0, 1e9), st.floats(0, 1e9), st.integers(0, 9), st.integers(1, 10), st.floats(0, 1))
def test_every_term_but_urgency_stays_between_nought_and_one(waited, idle, taken, free, rarity):
    supply = Supply({"de": rarity / 2, "cy": rarity}, {})
    one = ticket(waited_s=waited, skills={1: 1})
    person = agent(
        idle_s=idle,
        load=taken,
        capacity=taken + free,
        skills={1: 9},
        languages={"de": 2, "cy": 1},
        recent=idle,
        taken=taken * 5,
    )
    values = [
        rules.language(one, person),
        rules.skill(one, person),
        rules.load(person),
        rules.idle(person),
        rules.scarcity(rules.own(one), person, supply),
        rules.share(person, waited),
        rules.newcomer(person, waited),
    ]
    assert all(0 <= value <= 1 for value in values)


def test_urgency_grows_without_bound_and_survives_odd_times():
    assert rules.urgency(ticket(waited_s=86_400.0)) == 1440
    assert rules.urgency(ticket(waited_s=-5.0)) == 0
    assert rules.urgency(ticket(waited_s=5.0, service_level_s=0.0)) == 5
    assert rules.idle(agent(idle_s=-5.0)) == 0


def test_weights_come_from_terms_and_keep_the_defaults_of_the_rest():
    weights = Weights.from_terms(7, {"urgency": 3, "idle": 0})
    assert (weights.version, weights.urgency, weights.idle) == (7, 3.0, 0.0)
    assert weights.language == Weights(version=7).language
    assert set(Weights.names()) == {field.name for field in fields(Weights)} - {"version"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patience", 1.0),
        ("version", 1.0),
        ("idle", -0.1),
        ("idle", math.nan),
        ("idle", math.inf),
        ("idle", True),
        ("idle", "1"),
        ("idle", None),
    ],
)
def test_a_wrong_weight_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        Weights.from_terms(1, {name: value})
