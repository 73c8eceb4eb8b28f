"""Tickets and agents with defaults, whole waves for Hypothesis, and the slow true answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from dispatch.matching.score import RESERVE_LEAD, score, urgency, way
from dispatch.matching.types import Agent, Ask, Match, Supply, Ticket, Weights

WEIGHTS = Weights(version=1)
LANGUAGES = ("de", "en", "cy")
SKILLS = (1, 2)
DESKS = ("shop", "bank")
QUEUES = ("sales", "help")

Wave = tuple[list[Ticket], list[Agent], frozenset[tuple[Any, Any]]]


def ticket(ident: Any = 1, **changes: Any) -> Ticket:
    """A German ticket of the shop that has waited half its service level."""
    base = Ticket(ident, "shop", "de", 2, {}, waited_s=30.0, service_level_s=60.0)
    return replace(base, **changes)


def agent(ident: Any = 1, **changes: Any) -> Agent:
    """A German speaking agent of the shop with two free slots."""
    base = Agent(ident, frozenset({"shop"}), {"de": 3}, {}, load=0, capacity=2, idle_s=60.0)
    return replace(base, **changes)


def people(capacity: int = 2, rooms: tuple[Any, ...] = QUEUES) -> st.SearchStrategy[Agent]:
    """Agents of all kinds, with limits for `rooms`; they all have the id 0."""
    levels = st.integers(1, 4)
    return st.builds(
        Agent,
        id=st.just(0),
        desks=st.frozensets(st.sampled_from(DESKS), min_size=1),
        languages=st.dictionaries(st.sampled_from(LANGUAGES), levels, min_size=1),
        skills=st.dictionaries(st.sampled_from(SKILLS), levels),
        load=st.integers(0, capacity),
        capacity=st.just(capacity),
        idle_s=st.sampled_from((0.0, 60.0, 900.0)),
        room=st.dictionaries(st.sampled_from(rooms), st.integers(0, 2)) if rooms else st.just({}),
        recent=st.sampled_from((0.0, 0.5, 3.0)),
        taken=st.sampled_from((None, 0, 15, 500)),
    )


def waves(
    tickets: int,
    agents: int,
    *,
    capacity: int = 2,
    slots: int = 1,
    width: int = 1,
    rooms: tuple[Any, ...] = QUEUES[:1],
) -> st.SearchStrategy[Wave]:
    """Waves of up to so many tickets and agents, with ties, full agents and forbidden pairs.

    With more than one of `rooms` or of `slots` the answer need not be the optimum.
    """
    levels = st.integers(1, 4)
    someone = st.none() | st.integers(0, agents)
    an_ask = st.builds(
        Ask,
        language=st.none() | st.sampled_from(LANGUAGES),
        level=st.integers(1, 3),
        skills=st.dictionaries(st.sampled_from(SKILLS), levels, max_size=1),
    )
    a_ticket = st.builds(
        Ticket,
        id=st.just(0),
        desk=st.sampled_from(DESKS),
        language=st.sampled_from(LANGUAGES),
        level=st.integers(1, 3),
        skills=st.dictionaries(st.sampled_from(SKILLS), levels, max_size=2),
        waited_s=st.sampled_from((0.0, 10.0, 60.0, 61.0, 4000.0)),
        service_level_s=st.sampled_from((0.0, 30.0, 60.0)),
        misses=st.integers(0, 2),
        previous_agent=someone,
        wanted_agent=someone,
        queue=st.sampled_from((None, *QUEUES)),
        priority=st.sampled_from((0.0, 0.0, -1.0, 2.0)),
        slots=st.integers(1, slots),
        width=st.integers(1, width),
        only=st.sampled_from((None, None, None, 0)),
        others=st.lists(an_ask, max_size=1).map(tuple),
    )
    return st.builds(
        lambda some, crew, pairs: (
            [replace(one, id=index) for index, one in enumerate(some)],
            [replace(one, id=index) for index, one in enumerate(crew)],
            pairs,
        ),
        st.lists(a_ticket, max_size=tickets),
        st.lists(people(capacity, rooms), max_size=agents),
        st.frozensets(st.tuples(st.integers(0, tickets), st.integers(0, agents)), max_size=4),
    )


def give(person: Agent, one: Ticket) -> Agent:
    """The agent once she has the ticket."""
    room = dict(person.room)
    if one.queue in room:
        room[one.queue] -= 1
    return replace(person, load=person.load + one.slots, room=room)


def true_best(wave: Wave, weights: Weights = WEIGHTS) -> tuple[int, float]:
    """Most tickets and the highest total with so many, by trying everything."""
    tickets, agents, forbidden = wave
    supply = Supply.of(agents)

    def key(crew: tuple[Agent, ...]) -> tuple[Any, ...]:
        return tuple((one.load, *sorted(one.room.items())) for one in crew)

    start = tuple(agents)
    best = {key(start): (0, 0.0, start)}
    for one in tickets:
        grown = dict(best)
        for count, total, crew in best.values():
            for at, person in enumerate(crew):
                found = score(one, person, weights, supply)
                if found is None or (one.id, person.id) in forbidden:
                    continue
                after = (*crew[:at], give(person, one), *crew[at + 1 :])
                name = key(after)
                known = grown.get(name, (0, 0.0, after))
                grown[name] = max(known, (count + 1, total + found.total, after), key=_worth)
        best = grown
    count, total, _ = max(best.values(), key=_worth)
    return count, total


def _worth(entry: tuple[int, float, Any]) -> tuple[int, float]:
    return entry[:2]


def check(wave: Wave, matches: list[Match], weights: Weights = WEIGHTS) -> None:
    """Every promise about a single answer: allowed pairs, capacity, room, one agent each or as many
    as asked for, true receipts, and nobody left who could be served.
    """
    tickets, agents, forbidden = wave
    supply = Supply.of(agents)
    by_ticket = {one.id: one for one in tickets}
    by_agent = {one.id: one for one in agents}
    assert len({(match.ticket_id, match.agent_id) for match in matches}) == len(matches)
    asked = Counter(match.ticket_id for match in matches)
    assert all(count <= by_ticket[name].width for name, count in asked.items())
    for match in matches:
        assert (match.ticket_id, match.agent_id) not in forbidden
        one, person = by_ticket[match.ticket_id], by_agent[match.agent_id]
        found = score(one, person, weights, supply)
        assert found is not None
        assert (match.score, match.terms) == (found.total, found.terms)
        by_agent[person.id] = give(person, one)
        could = [p for p in agents if way(one, p) is not None and (one.id, p.id) not in forbidden]
        assert match.candidates == len(could)
        assert match.broadcast == (one.width > 1)
    firsts = matches[: len(asked)]
    assert len({match.ticket_id for match in firsts}) == len(firsts)
    order = [-urgency(by_ticket[match.ticket_id]) for match in firsts]
    assert order == sorted(order)
    assert not list(_left(wave, asked, by_agent))


def _left(wave: Wave, asked: Counter[Any], by_agent: dict[Any, Agent]) -> Iterator[tuple[Any, Any]]:
    """Pairs that could have been made on top, except with slots that may be kept for a ticket of
    several.
    """
    tickets, _, forbidden = wave
    kept_for = [urgency(one) for one in tickets if one.slots > 1 and not asked[one.id]]
    for one in tickets:
        if asked[one.id] or any(urgency(one) < other - RESERVE_LEAD for other in kept_for):
            continue
        for person in by_agent.values():
            if (one.id, person.id) not in forbidden and way(one, person) is not None:
                yield one.id, person.id
