"""One wave: who takes whom.

Aims, in this order: as many tickets as possible, then the highest total score. The first does not
starve anybody: among the largest sets of tickets there is always one with the most urgent ticket in
it (see `serve`), and the second picks it, because urgency grows without bound while the other terms
don't. Of two tickets that ask for the same, the older one wins at once; of two that differ, a lead
of `Weights.lead_that_always_wins` service levels decides whatever the agents are like.

How, where every ticket takes one slot and only slots limit an agent (`assign`; the machine for its
figures: 2 cores):

- every ticket has a different favourite: that is the optimum;
- of a long line of alike tickets only as many compete as there are slots for them, and a wave of
  few tickets needs only the best agents of each (`prune`);
- up to `assign.DENSE_CELLS` tickets x slots, or `assign.SHORT_CELLS` if slots are short: exact, by
  scipy's linear assignment;
- beyond: `auction`, at most `auction.EPSILON` of the spread of worths per ticket below the optimum.
  If it does not find a slot for everybody soon, `serve` settles who is served, with urgency alone
  deciding, and the auction by whom;
- beyond `assign.AUCTION_PAIRS`: `serve` alone, greedy but never fewer tickets.

Where tickets take several slots, or agents have less room for a queue than slots, `serve` always
settles who is served, and keeps slots for those of several. Then no pair that could be is left,
except for slots kept free; the tickets of one slot go to the best agents as above, the others stay
where `serve` has put them. With room alone as many tickets are served as could be.

Offers to several agents at once come last: each ticket's first agent is settled as if it asked for
one only, and then the slots that are left go to the tickets that ask for more, the most urgent
first.

The order of the input never matters: tickets are sorted by urgency and id, agents by idle time and
id, and whoever comes first in that order wins a tie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from dispatch.matching.arrays import build
from dispatch.matching.assign import assign
from dispatch.matching.columns import Ints
from dispatch.matching.crew import Crew
from dispatch.matching.left import NOBODY, Left
from dispatch.matching.problem import Wave
from dispatch.matching.score import again, needed, urgency, way, worth
from dispatch.matching.types import Agent, Id, Match, Ticket, Weights


def solve(
    tickets: Sequence[Ticket],
    agents: Crew | Sequence[Agent],
    weights: Weights,
    forbidden: Set[tuple[Id, Id]] = frozenset(),
    *,
    at: float = 0.0,
) -> list[Match]:
    """Matches for one wave: the tickets' first agents, most urgent ticket first, and then the
    further ones of those that ask several.

    `forbidden` are pairs (ticket id, agent id) in a cool-down. A caller with many agents keeps a
    `Crew` from wave to wave, and says with `at` which moment it is on the clock it was fed by;
    plain agents are as they are, and `at` means nothing. Neither is changed.
    """
    crew = agents if isinstance(agents, Crew) else Crew(agents)
    now = at if isinstance(agents, Crew) else 0.0
    waiting = sorted(tickets, key=lambda ticket: (-urgency(ticket), ticket.id))
    if not waiting:
        return []
    wave = build(waiting, crew, weights, forbidden, now)
    if not len(wave.places):
        return []
    assigned, floor = assign(wave.problem)
    pairs = [(ticket, agent) for ticket, agent in enumerate(assigned.tolist()) if agent != NOBODY]
    several = {ticket for ticket, _ in pairs if waiting[ticket].width > 1}
    left = Left(wave.problem, assigned, floor) if several else None
    more = _broadcast(waiting, assigned, left) if left else []
    return _receipts(waiting, crew, weights, wave, [*pairs, *more], several, now)


def _broadcast(tickets: Sequence[Ticket], assigned: Ints, left: Left) -> list[tuple[int, int]]:
    """Further agents for tickets that ask several at once, by worth."""
    pairs = []
    for ticket, one in enumerate(tickets):
        if one.width < 2 or assigned[ticket] == NOBODY:
            continue
        asked = {int(assigned[ticket])}
        while len(asked) < one.width:
            agent = left.best(ticket, without=asked)
            if agent == NOBODY:
                break
            left.take(ticket, agent)
            asked.add(agent)
            pairs.append((ticket, agent))
    return pairs


def _receipts(
    tickets: Sequence[Ticket],
    crew: Crew,
    weights: Weights,
    wave: Wave,
    pairs: Sequence[tuple[int, int]],
    several: Set[int],
    at: float,
) -> list[Match]:
    """Matches with their terms; an agent's second ticket is scored as if she had the first
    already.

    What an agent is worth to tickets that ask for the same differs by the customer and by her load
    alone. So the whole of it is worked out once for each kind and agent.
    """
    given: dict[int, int] = {}
    known: dict[tuple[int, int], tuple[Agent, Mapping[str, float]]] = {}
    matches = []
    urgent = wave.problem.urgency.tolist()
    for ticket, position in pairs:
        one = tickets[ticket]
        before = given.get(position, 0)
        given[position] = before + one.slots
        alike = (wave.kinds[ticket], position)
        if alike in known:
            agent, terms = known[alike]
            found = again(
                terms, one, agent, weights, urgency=urgent[ticket], load=agent.load + before
            )
        else:
            agent = crew.agent(int(wave.places[position]), at)
            now = agent if not before else crew.agent(int(wave.places[position]), at, before)
            met = way(one, now)
            assert met is not None, "the vectorised rules allow a pair that the scalar ones forbid"
            rarer = max(0.0, float(wave.rarest[position]) - needed(met, wave.supply))
            found = worth(one, now, met, weights, wave.supply.recent, rarer)
            known[alike] = agent, found.terms
        matches.append(
            Match(
                one.id,
                agent.id,
                found.total,
                found.terms,
                wave.candidates(ticket),
                ticket in several,
            )
        )
    return matches
