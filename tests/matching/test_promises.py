"""What the matching promises to tickets of several slots, to queues with little room, to whoever
asks several agents at once, and to those who wait.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.matching.crew import Crew
from dispatch.matching.score import RESERVE_LEAD
from dispatch.matching.solve import solve
from dispatch.matching.types import Agent, Ask, Ticket
from dispatch.matching.weights import HEAVIEST, LONGEST_LEAD, Weights

from .builders import WEIGHTS, agent, ticket

VIDEO = {"slots": 3, "waited_s": 600.0}


def pairs(matches):
    return {(match.ticket_id, match.agent_id) for match in matches}


def test_a_ticket_takes_as_many_slots_as_it_says():
    crew = [agent(1, capacity=4)]
    some = [ticket(1, slots=3), ticket(2), ticket(3)]
    assert pairs(solve(some, crew, WEIGHTS)) == {(1, 1), (2, 1)}
    assert solve([ticket(slots=5)], crew, WEIGHTS) == []


def test_others_are_moved_along_to_make_way_for_a_large_ticket():
    crew = [agent(1, capacity=3, idle_s=900.0), agent(2, capacity=2)]
    urgent = [ticket(n, waited_s=700.0 + n) for n in (1, 2)]
    found = pairs(solve([*urgent, ticket(3, **VIDEO)], crew, WEIGHTS))
    assert found == {(1, 2), (2, 2), (3, 1)}


def test_slots_are_kept_for_a_large_ticket_that_is_far_more_urgent():
    crew = [agent(1, capacity=3, load=1), agent(2, capacity=3, load=2)]
    fresh = [ticket(n, waited_s=0.0) for n in range(1, 6)]
    found = pairs(solve([ticket(9, **VIDEO), *fresh], crew, WEIGHTS))
    assert found == {(1, 2)}
    # Who is as urgent need not stand back, and neither need anybody for a fresh large ticket.
    near = 600.0 - 59.0 * RESERVE_LEAD
    assert len(solve([ticket(9, **VIDEO), ticket(1, waited_s=near)], crew[:1], WEIGHTS)) == 1
    assert len(solve([ticket(9, slots=3, waited_s=10.0), *fresh], crew, WEIGHTS)) == 3


def test_slots_are_kept_where_most_are_free_and_there_they_add_up():
    """Every wave brings fresh tickets; the large one is served once enough slots were kept."""
    large, waves = ticket("large", **VIDEO), 0
    crew = {n: agent(n, capacity=3, load=2) for n in (1, 2)}
    while True:
        fresh = [ticket(f"{waves}-{n}", waited_s=0.0) for n in range(4)]
        found = pairs(solve([large, *fresh], list(crew.values()), WEIGHTS))
        if any(name == "large" for name, _ in found):
            break
        given_now = Counter(name for _, name in found)
        # One conversation of each agent ends per wave.
        crew = {
            n: replace(one, load=one.load + given_now[n] - (one.load > 0))
            for n, one in crew.items()
        }
        waves += 1
        assert waves <= 3
    assert waves == 2


def test_slots_kept_free_are_not_given_to_further_agents_of_a_broadcast():
    crew = [agent(1, capacity=3, load=1), agent(2), agent(3, languages={"en": 3})]
    found = pairs(solve([ticket(9, **VIDEO), ticket(1, waited_s=0.0, width=3)], crew, WEIGHTS))
    assert found == {(1, 2)}


def test_room_for_a_queue_holds_within_one_wave():
    crew = [agent(1, capacity=5, room={"help": 2}), agent(2, capacity=5, room={"help": 0})]
    some = [ticket(n, queue="help") for n in range(4)] + [ticket(n, queue="buy") for n in (8, 9)]
    found = Counter(name for name in pairs(solve(some, crew, WEIGHTS)))
    helped = [pair for pair in found if pair[0] < 4]
    assert sorted(helped) == [(0, 1), (1, 1)]
    assert len(found) == 4


def test_a_queue_with_little_room_makes_way_through_others():
    """The first agent may take one of the queue only, and nobody else can take the second."""
    crew = [agent(1, capacity=2, room={"help": 1}, idle_s=900.0), agent(2, capacity=1)]
    flexible = ticket(1, queue="help", waited_s=50.0)
    bound = ticket(2, queue="help")
    found = pairs(solve([flexible, bound], crew, WEIGHTS, {(2, 2)}))
    assert found == {(1, 2), (2, 1)}


def test_the_most_urgent_go_to_as_many_agents_as_they_ask_for():
    crew = [agent(n, capacity=1, idle_s=10.0 * n) for n in range(1, 6)]
    wide = [ticket(1, width=3, waited_s=90.0), ticket(2, width=3, waited_s=80.0), ticket(3)]
    found = solve(wide, crew, WEIGHTS)
    # Everyone's first agent comes first; the two slots left go to the most urgent.
    assert [match.ticket_id for match in found] == [1, 2, 3, 1, 1]
    assert [match.broadcast for match in found] == [True, True, False, True, True]
    assert len({match.agent_id for match in found}) == 5
    later = [match.score for match in found[3:]]
    assert later == sorted(later, reverse=True)


def test_a_ticket_kept_for_one_agent_goes_to_nobody_else():
    crew = [agent(1, idle_s=0.0), agent(2, load=2), agent(3)]
    assert pairs(solve([ticket(only=1)], crew, WEIGHTS)) == {(1, 1)}
    assert solve([ticket(only=2)], crew, WEIGHTS) == []
    assert solve([ticket(only=99)], crew, WEIGHTS) == []
    assert solve([ticket(only=1, language="cy")], crew, WEIGHTS) == []


def test_who_meets_the_request_goes_before_who_qualifies_otherwise():
    one = ticket(language="cy", others=(Ask(None, 0, {"translate": 1}), Ask("en", 3, {})))
    welsh = agent(1, languages={"cy": 2}, idle_s=0.0)
    helper = agent(2, skills={"translate": 2}, idle_s=9000.0)
    english = agent(3, languages={"en": 3}, idle_s=9000.0)
    stranger = agent(4, languages={"en": 2})
    assert pairs(solve([one], [welsh, helper, english, stranger], WEIGHTS)) == {(1, 1)}
    for person in (helper, english):
        (match,) = solve([one], [person, stranger], WEIGHTS)
        assert (match.agent_id, match.candidates) == (person.id, 1)
        assert match.terms["fallback"] == -WEIGHTS.fallback
    assert solve([one], [stranger, replace(helper, desks=frozenset())], WEIGHTS) == []


def test_who_got_fewer_offers_lately_and_who_is_new_gain():
    plain = agent(1, recent=4.0, taken=100, idle_s=900.0)
    fewer = agent(2, recent=1.0, taken=100, idle_s=900.0)
    newcomer = agent(3, recent=1.0, taken=2, idle_s=900.0)
    spoilt = agent(4, recent=9.0, taken=2, idle_s=900.0)
    terms = {
        match.agent_id: match.terms
        for match in solve([ticket(n) for n in range(8)], [plain, fewer, newcomer, spoilt], WEIGHTS)
    }
    assert terms[2]["share"] == terms[3]["share"] > terms[1]["share"] == 0
    assert terms[3]["newcomer"] > 0
    assert terms[1]["newcomer"] == terms[2]["newcomer"] == terms[4]["newcomer"] == 0
    (match,) = solve([ticket()], [plain, fewer, newcomer, spoilt], WEIGHTS)
    assert match.agent_id == 3


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"urgency": 0}, "'urgency' must be more than 0"),
        ({"urgency": 0.01}, "'urgency' is too small .* 'wanted_agent' is the heaviest"),
        ({"scarcity": 900, "urgency": 20}, "'scarcity' is the heaviest: .* raise 'urgency'"),
        ({"idle": HEAVIEST + 1}, "'idle' must be at most 1000"),
        ({"urgency": 10**12}, "'urgency' must be at most 1000"),
    ],
)
def test_weights_under_which_a_ticket_could_starve_are_refused(terms, says):
    with pytest.raises(ValueError, match=says):
        Weights.from_terms(1, terms)


def test_the_advice_on_refused_weights_is_good():
    with pytest.raises(ValueError, match="at least") as refused:
        Weights.from_terms(1, {"urgency": 0.01})
    least = float(str(refused.value).split("at least ")[1].split()[0])
    assert Weights.from_terms(1, {"urgency": least * 1.01}).lead_that_always_wins <= LONGEST_LEAD


TERMS = [name for name in Weights.names() if name != "urgency"]
SERVICE_LEVEL_S, WAVE_S, HANDLE_WAVES = 10.0, 5.0, 4
TICKETS = 10_000
FAIR_WAIT_S = 60.0
"""More than anybody waits if the oldest are simply served first."""


@settings(max_examples=2, deadline=None, derandomize=True)
@example({"wanted_agent": 300.0, "previous_agent": 300.0}, False)
@given(st.dictionaries(st.sampled_from(TERMS), st.sampled_from((0.0, 1.0, 300.0))), st.booleans())
def test_nothing_starves_in_ten_thousand_tickets_under_any_weights(terms, large):
    """Wanted, easy and returning tickets keep coming, at more than the agents can take.

    The weights are as hostile to the others as they may be: urgency has the least weight that is
    accepted. Without it the oldest would wait for 380 to 1,720 s.
    """
    others = Weights(version=1, **terms).lead_that_always_wins * Weights(version=1).urgency
    weights = Weights.from_terms(1, {**terms, "urgency": max(0.01, others / LONGEST_LEAD * 1.001)})
    lead_s = weights.lead_that_always_wins * SERVICE_LEVEL_S
    agents = [
        agent(n, languages={"de": 4, "cy": 2} if n % 8 == 0 else {"de": 4}, capacity=3, taken=n)
        for n in range(40)
    ]
    crew, load = Crew(agents), Counter()
    ends: deque[list[tuple[Agent, int]]] = deque([[] for _ in range(HANDLE_WAVES)])
    waiting: dict[int, tuple[float, Ticket]] = {}
    now = 0.0
    came = 0
    while came < TICKETS or waiting:
        changed = set()
        for person, slots in ends.popleft():
            load[person.id] -= slots
            changed.add(person.id)
        ends.append([])
        # A rush to begin with, and then as much as the agents can just take: the line never ends.
        for _ in range(min(TICKETS - came, 29 if came else 200)):
            name = came * 7919 % 10_007  # so that the rule for ties does not help the older
            waiting[name] = (now, _arrival(name, came % 50, large))
            came += 1
        crew.update([replace(agents[n], load=load[n], idle_s=0.0) for n in changed], now)
        some = [replace(one, waited_s=now - since) for since, one in waiting.values()]
        for match in solve(some, crew, weights, at=now):
            _, one = waiting.pop(match.ticket_id)
            load[match.agent_id] += one.slots
            ends[-1].append((agents[match.agent_id], one.slots))
            changed.add(match.agent_id)
        crew.update([replace(agents[n], load=load[n], idle_s=0.0) for n in changed], now)
        now += WAVE_S
        oldest = min((since for since, _ in waiting.values()), default=now)
        assert now - oldest <= lead_s + FAIR_WAIT_S, "a ticket starves"
    assert came == TICKETS


def _arrival(name: int, kind: int, large: bool) -> Ticket:
    base = ticket(name, waited_s=0.0, service_level_s=SERVICE_LEVEL_S, level=1)
    if kind == 0:
        return replace(base, slots=3 if large else 1, level=4)
    if kind == 1:
        return replace(base, language="cy", level=2)
    if kind == 2:
        return replace(base, level=4)
    return replace(base, wanted_agent=name % 40, previous_agent=name % 40)
