"""Every allowed pair of a wave and its worth, without a Python call per pair.

The result equals `score.score` for each pair (a property test holds the two together). Tickets that
ask for the same thing share one array, so time and memory go with the number of different requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from dispatch.matching import score
from dispatch.matching.columns import Ints
from dispatch.matching.crew import Crew
from dispatch.matching.pool import Pool
from dispatch.matching.problem import Problem, Row, Wave
from dispatch.matching.types import Id, Ticket, Weights


def build(
    tickets: Sequence[Ticket],
    crew: Crew,
    weights: Weights,
    forbidden: Set[tuple[Id, Id]],
    at: float,
) -> Wave:
    """Numbers for `tickets`, in the order in which they come, and those of the crew who might take
    one, in the order that breaks ties.
    """
    supply = crew.supply(at)
    kinds, of_kind = _kinds(tickets)
    pool = Pool(kinds, crew, weights, supply, at)
    shared = [pool.row(kind) for kind in kinds]
    banned: dict[Id, list[int]] = {}
    for ticket_id, agent_id in forbidden:
        position = pool.position(agent_id)
        if position is not None:
            banned.setdefault(ticket_id, []).append(position)
    rows = [
        shared[kind]
        if ticket.previous_agent is ticket.wanted_agent is ticket.only is None and not banned
        else _own(shared[kind], ticket, weights, pool, banned.get(ticket.id))
        for ticket, kind in zip(tickets, of_kind, strict=True)
    ]
    problem = Problem(
        rows,
        weights.urgency * np.array([score.urgency(ticket) for ticket in tickets]),
        pool.free,
        pool.step,
        np.array([ticket.slots for ticket in tickets], dtype=np.int32),
        _rooms(tickets, pool),
        weights.urgency * score.RESERVE_LEAD,
    )
    return Wave(problem, pool.places, pool.rarest, supply, of_kind)


def _kinds(tickets: Sequence[Ticket]) -> tuple[list[Ticket], list[int]]:
    """One ticket of each different request, and for each ticket which of them it is like.

    Who makes tickets from a line gives them the same objects; so most are recognised by these,
    without hashing what is in them.
    """
    seen: dict[Any, int] = {}
    alike: dict[Any, int] = {}
    kinds: list[Ticket] = []
    of_kind = []
    for ticket in tickets:
        # The objects live as long as their tickets, so that no other can have their ids.
        objects = (
            id(ticket.desk),
            id(ticket.queue),
            id(ticket.skills),
            id(ticket.others),
            ticket.language,
            ticket.level,
            ticket.slots,
        )
        kind = seen.get(objects)
        if kind is None:
            kind = seen[objects] = alike.setdefault(_request(ticket), len(kinds))
            if kind == len(kinds):
                kinds.append(ticket)
        of_kind.append(kind)
    return kinds, of_kind


def _request(ticket: Ticket) -> tuple[Any, ...]:
    """All that decides who may take a ticket, whoever its customer is."""
    return (
        ticket.desk,
        ticket.queue,
        ticket.slots,
        ticket.language,
        ticket.level,
        frozenset(ticket.skills.items()),
        tuple(
            (other.language, other.level, frozenset(other.skills.items()))
            for other in ticket.others
        ),
    )


def _own(row: Row, ticket: Ticket, weights: Weights, pool: Pool, banned: list[int] | None) -> Row:
    """The shared row, or a copy where this ticket has agents of its own to prefer or to avoid."""
    agents, worth = row.agents, row.worth
    for weight, agent_id in (
        (weights.previous_agent, ticket.previous_agent),
        (weights.wanted_agent, ticket.wanted_agent),
    ):
        position = pool.position(agent_id) if agent_id is not None else None
        if position is not None:
            worth = np.where(agents == position, worth + weight, worth)
    if ticket.only is not None:
        keep = agents == pool.position(ticket.only)
        agents, worth = agents[keep], worth[keep]
    if banned:
        keep = ~np.isin(agents, banned)
        agents, worth = agents[keep], worth[keep]
    return row if worth is row.worth else Row(agents, worth)


def _rooms(tickets: Sequence[Ticket], pool: Pool) -> list[Ints | None]:
    """Per ticket the room for its queue, where it may bind: with fewer tickets waiting than an
    agent may take, or fewer slots free, it does not.
    """
    waiting = Counter(ticket.queue for ticket in tickets if ticket.queue is not None)
    limits: dict[Id, Ints | None] = {}
    for queue, count in waiting.items():
        room = pool.room(queue)
        if room is not None and not (room < np.minimum(pool.free, count)).any():
            room = None
        limits[queue] = room
    return [limits[ticket.queue] if ticket.queue is not None else None for ticket in tickets]
