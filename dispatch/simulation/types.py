"""A day as the simulator plays it: who asks, who works, and how people behave.

Times ending in `_s` are seconds; moments (`at_s`, `start_s`, `end_s`) count from the start of the
day. Everything is a plain frozen value, so the same day under the same policy gives the same
result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dispatch.matching.types import Id
from tickets.ladder import Rung, Step


@dataclass(frozen=True, slots=True)
class Queue:
    """A kind of request: `ground` is what it asks for at first, `steps` its ladder.

    `slots` are what a conversation takes of an agent's capacity.

    `agent_cap` bounds an agent's conversations of this queue, `spacing_s` the time between any
    offer to an agent and one of this queue. After a conversation its slots stay taken for
    `wrap_up_s`. A ticket with a previous or wanted agent who is present is hers alone for
    `same_agent_s`.
    """

    id: Id
    desk: Id
    ground: Rung
    service_level_s: float
    steps: tuple[Step, ...] = ()
    offer_timeout_s: float = 15.0
    slots: int = 1
    agent_cap: int | None = None
    spacing_s: float = 0.0
    wrap_up_s: float = 0.0
    same_agent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One customer who asks for a person at `at_s`.

    `handle_s` runs from the accepted offer to the end of the conversation. Whoever is not answered
    within `patience_s` leaves.
    """

    id: Id
    at_s: float
    queue: Id
    language: str
    handle_s: float
    patience_s: float = math.inf
    previous_agent: Id | None = None
    wanted_agent: Id | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which an agent takes offers, with so many slots. Open conversations are finished
    after its end.
    """

    start_s: float
    end_s: float
    capacity: int


@dataclass(frozen=True, slots=True)
class Staff:
    """An agent: what she can do, and when she is there (shifts in order, not overlapping).

    `taken` counts the conversations she had before the day; None if that is not known.
    """

    id: Id
    desks: frozenset[Id]
    languages: Mapping[str, int]
    skills: Mapping[Id, int]
    shifts: tuple[Shift, ...]
    taken: int | None = None


class Reply(Enum):
    """What an agent does about an offer: takes it, declines it, or lets it run out."""

    ACCEPT = "accept"
    DECLINE = "decline"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Answer:
    """An agent's way with one offer.

    The phone draws it `delivered_s` after it was made (infinity: never), and `after_s` after that
    the agent replies, if the offer still stands.
    """

    reply: Reply
    delivered_s: float = 0.0
    after_s: float = 0.0


class Behaviour(Protocol):
    """How agents behave. Must depend on the arguments alone, so that all policies meet the same
    people: what an agent does about a ticket is the same whoever brings them together.
    """

    def answer(self, ticket: Id, agent: Id, at_s: float, nth: int) -> Answer:
        """What `agent` does about the offer of `ticket` made at `at_s`, the `nth` (from 0) of this
        pair.
        """

    def back_s(self, agent: Id, at_s: float) -> float:
        """Seconds until `agent`, paused at `at_s` for missing offers, is back."""


@dataclass(frozen=True, slots=True)
class Day:
    """All that happens to a house whatever its policy. Arrivals and staff may come in any order;
    ids are unique and sortable. Nothing is done after `end_s`: who waits then, waits.
    """

    queues: Mapping[Id, Queue]
    arrivals: Sequence[Arrival]
    staff: Sequence[Staff]
    behaviour: Behaviour
    end_s: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy fixes about offers, beyond who gets which.

    An agent who declined or missed a ticket is not asked for it again within `cool_down_s`. So many
    offers missed in a row, and she is paused (0: never). `delivery_bound_s` is the longest the
    countdown waits for the phone; an offer that was not drawn by then is withdrawn without blame.
    None means that the countdown starts when the offer is sent, drawn or not. A wave starts
    `delay_s` after what it answers to, so several events may share it, and `tick_s` is how often
    things that only time brings about are looked at. Whether tickets climb their queue's ladder,
    and whether a previous or wanted agent is asked first, are `ladder` and `first_refusal`. Calling
    in agents who are off duty is not played: who comes is the day's to say.
    """

    cool_down_s: float = 60.0
    missed_to_pause: int = 2
    delivery_bound_s: float | None = 10.0
    delay_s: float = 0.02
    tick_s: float = 1.0
    ladder: bool = True
    first_refusal: bool = True


@dataclass(frozen=True, slots=True)
class Pick:
    """A policy's decision: offer this ticket to this agent."""

    ticket: Id
    agent: Id
