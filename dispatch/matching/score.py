"""What a ticket and an agent are worth to each other: the specification of the matching.

`score` is either None (the pair is forbidden) or a number made of named parts, each a small
function below. `arrays` computes the same totals for a whole wave at once and is tested to be equal
to this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dispatch.matching.types import Agent, Ask, Id, Score, Supply, Ticket, Weights

MISS = 0.5
"""Each offer that was declined or expired counts like half a service level of further waiting."""

SHORTEST_SERVICE_LEVEL_S = 1.0
"""Service levels below this count as this, so that a promise of "at once" does not divide by
zero.
"""

IDLE_HALF_S = 600.0
"""Idle time in seconds that earns half of the idle bonus."""

RESERVE_LEAD = 1.0
"""Urgency by which a ticket that takes several slots must lead others before slots are kept free
for it; see `serve`.
"""

NEWCOMER_UNTIL = 20
"""Conversations after which an agent is no newcomer any more."""


def score(
    ticket: Ticket, agent: Agent, weights: Weights, supply: Supply | None = None
) -> Score | None:
    """Worth of giving `ticket` to the next free slots of `agent`; None if that is not allowed.

    Without a `supply` nobody is rare, and nobody has got fewer offers than the others. For a second
    ticket in the same wave, score the agent with the load of the first: that is how the solver
    prices further slots.
    """
    met = way(ticket, agent)
    if met is None:
        return None
    known = supply or NOTHING_KNOWN
    return worth(ticket, agent, met, weights, known.recent, scarcity(met, agent, known))


NOTHING_KNOWN = Supply({}, {})
"""The supply that makes nobody rare and nobody left out."""


def worth(
    ticket: Ticket, agent: Agent, met: Ask, weights: Weights, recent: float, rarer: float
) -> Score:
    """The score of an allowed pair that qualifies by `met`: `recent` is the mean of the offers that
    free agents got lately, `rarer` what `scarcity` says.
    """
    terms = {
        "language": weights.language * language(met, agent),
        "skill": weights.skill * skill(met, agent),
        "urgency": weights.urgency * urgency(ticket),
        "previous_agent": weights.previous_agent * (ticket.previous_agent == agent.id),
        "wanted_agent": weights.wanted_agent * (ticket.wanted_agent == agent.id),
        "load": -weights.load * load(agent),
        "idle": weights.idle * idle(agent),
        "share": weights.share * share(agent, recent),
        "newcomer": weights.newcomer * newcomer(agent, recent),
        "scarcity": -weights.scarcity * rarer,
        "fallback": -weights.fallback * (bool(ticket.others) and met != own(ticket)),
    }
    return Score(sum(terms.values()), terms)


def again(
    terms: Mapping[str, float],
    ticket: Ticket,
    agent: Agent,
    weights: Weights,
    *,
    urgency: float,
    load: int,
) -> Score:
    """The score of another ticket that asks for the same as one with these `terms`, to the same
    agent: `urgency` is weighted, and `load` in slots, as it is by now.
    """
    found = {
        **terms,
        "urgency": urgency,
        "previous_agent": weights.previous_agent * (ticket.previous_agent == agent.id),
        "wanted_agent": weights.wanted_agent * (ticket.wanted_agent == agent.id),
        "load": -weights.load * (load / agent.capacity),
    }
    return Score(sum(found.values()), found)


def way(ticket: Ticket, agent: Agent) -> Ask | None:
    """How `agent` qualifies for `ticket`: by its own request or else the first of its others that
    she meets. None if she does not, or may not take it now: another desk, too few free slots, no
    room for its queue, or the ticket is kept for somebody else.
    """
    if agent.load + ticket.slots > agent.capacity or ticket.desk not in agent.desks:
        return None
    if ticket.queue is not None and agent.room.get(ticket.queue, 1) < 1:
        return None
    if ticket.only is not None and ticket.only != agent.id:
        return None
    return next((ask for ask in (own(ticket), *ticket.others) if meets(agent, ask)), None)


def own(ticket: Ticket) -> Ask:
    """What the ticket itself asks for, before any other way to qualify."""
    return Ask(ticket.language, ticket.level, ticket.skills)


def meets(agent: Agent, ask: Ask) -> bool:
    """The language and every skill at least at the level asked for."""
    if ask.language is not None:
        spoken = agent.languages.get(ask.language)
        if spoken is None or spoken < ask.level:
            return False
    for name, wanted in ask.skills.items():
        held = agent.skills.get(name)
        if held is None or held < wanted:
            return False
    return True


def language(ask: Ask, agent: Agent) -> float:
    """Fluency beyond what is needed, 0..1; the first level above it counts most."""
    return 0.0 if ask.language is None else _surplus(agent.languages[ask.language] - ask.level)


def skill(ask: Ask, agent: Agent) -> float:
    """Mastery beyond what is needed, 0..1, of the weakest skill needed: that one decides the
    answer.
    """
    if not ask.skills:
        return 0.0
    return _surplus(min(agent.skills[name] - wanted for name, wanted in ask.skills.items()))


def urgency(ticket: Ticket) -> float:
    """Service levels waited, the ticket's priority, and `MISS` for each offer missed.

    It grows with the wait and has no bound, so nothing waits for ever.
    """
    waited = max(0.0, ticket.waited_s)
    promised = max(SHORTEST_SERVICE_LEVEL_S, ticket.service_level_s)
    return waited / promised + MISS * ticket.misses + ticket.priority


def load(agent: Agent) -> float:
    """Share of the capacity in use, 0..1. Rising per slot, its sum is convex: work spreads."""
    return agent.load / agent.capacity


def idle(agent: Agent) -> float:
    """Time without work, 0..1, so that earnings are spread too; `IDLE_HALF_S` earns one half."""
    waited = max(0.0, agent.idle_s)
    return waited / (waited + IDLE_HALF_S)


def share(agent: Agent, mean: float) -> float:
    """How far the agent's offers lately fall short of the mean of the free agents, 0..1: 1 if she
    got none while others got some.
    """
    return max(0.0, 1.0 - agent.recent / mean) if mean > 0 else 0.0


def newcomer(agent: Agent, mean: float) -> float:
    """What lifts a newcomer up to the mean share of offers, 0..1: nobody knows her yet, and without
    conversations that stays so. It falls with each of `NEWCOMER_UNTIL` conversations, and above the
    mean it is 0.
    """
    if agent.taken is None or agent.recent > mean:
        return 0.0
    return max(0.0, 1.0 - agent.taken / NEWCOMER_UNTIL)


def scarcity(ask: Ask, agent: Agent, supply: Supply) -> float:
    """How much rarer the agent is than needed, 0..1: spare the rare speaker for who needs her.

    It compares the rarest thing the agent has with the rarest thing asked for. What is asked for
    can't be rarer than the latter, so only the agent's *other* languages and skills count.
    """
    return max(0.0, rarest(agent, supply) - needed(ask, supply))


def rarest(agent: Agent, supply: Supply) -> float:
    """Rarity of the agent's rarest language or skill."""
    return _peak(supply, agent.languages, agent.skills)


def needed(ask: Ask, supply: Supply) -> float:
    """Rarity of the rarest language or skill asked for."""
    return _peak(supply, () if ask.language is None else (ask.language,), ask.skills)


def _peak(supply: Supply, languages: Iterable[str], skills: Iterable[Id]) -> float:
    # Loops, because this runs twice for each pair that is made.
    highest = 0.0
    for name in languages:
        highest = max(highest, supply.languages.get(name, 0.0))
    for key in skills:
        highest = max(highest, supply.skills.get(key, 0.0))
    return highest


def _surplus(levels: int) -> float:
    return 1.0 - 1.0 / (1.0 + levels)
