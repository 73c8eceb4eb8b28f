"""What the logs say of a time: who came, who worked, and what became of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dispatch.replay import reading
from dispatch.replay.habits import Habits, Patience
from dispatch.replay.reading import Came, Offered, Present
from dispatch.simulation import types as sim
from dispatch.simulation.dice import uniform
from dispatch.simulation.results import Fate, Run, Trip, Work
from dispatch.simulation.types import Answer, Reply
from tickets import catalogue, profiles

# What waits or talks when the time begins has come before it: the replay warms up by this.
WARM_UP_S = 3600.0
NOT_DELIVERED = "not delivered"


@dataclass(frozen=True, slots=True)
class Recording:
    """A day to play again, and how it really went. Both count from `warm_up_s`."""

    day: sim.Day
    really: Run
    warm_up_s: float


def recording(start: datetime, end: datetime, *, seed: int = 0) -> Recording:
    """The time from `start` to `end`, with WARM_UP_S before it. `seed` draws what nobody recorded."""
    begin = start - timedelta(seconds=WARM_UP_S)
    length_s = (end - begin).total_seconds()
    came = reading.came(begin, end)
    offers = reading.offers(begin, end)
    present = reading.present(begin, end)
    kinds = catalogue.queues()
    met, answers = _answers(offers)
    day = sim.Day(
        queues={queue.id: _queue(queue) for queue in kinds.values()},
        arrivals=_arrivals(came, seed),
        staff=_staff(present, offers),
        behaviour=Habits(seed, met, answers, present.away_s),
        end_s=length_s,
    )
    really = Run(
        "as it was",
        _trips(came, offers, kinds, length_s),
        _work(present, offers, came, length_s),
        waves=0,
        from_s=WARM_UP_S,
    )
    return Recording(day, really, WARM_UP_S)


# ---- the day to play again ---------------------------------------------------------------------------


def _queue(queue: catalogue.QueueRow) -> sim.Queue:
    return sim.Queue(
        id=queue.id,
        desk=queue.desk_id,
        ground=queue.rungs[0],
        service_level_s=queue.service_level_s,
        steps=queue.steps,
        offer_timeout_s=queue.offer_timeout_s,
        slots=queue.slots,
        agent_cap=queue.agent_cap,
        spacing_s=queue.spacing_s,
        wrap_up_s=queue.wrap_up_s,
        same_agent_s=queue.same_agent_s,
    )


def _arrivals(came: Sequence[Came], seed: int) -> list[sim.Arrival]:
    """Customers as they came. What an unanswered one would have talked about, and how long an
    answered one would have waited, is drawn from those of whom it is known."""
    handled: dict[UUID, list[float]] = defaultdict(list)
    for one in came:
        if (talked := _talked(one)) is not None:
            handled[one.queue].append(talked)
    everywhere = sorted(talked for times in handled.values() for talked in times)
    patience = Patience(
        [one.left_s - one.at_s for one in came if one.left_s is not None],
        [one.had[0][1] - one.at_s for one in came if one.had],
    )
    arrivals = []
    for one in came:
        handle = _talked(one)
        if handle is None:
            pool = sorted(handled[one.queue]) or everywhere or [300.0]
            handle = pool[int(uniform(seed, "handle", one.id) * len(pool))]
        if one.left_s is not None:
            waits = one.left_s - one.at_s
        else:
            known = one.had[0][1] - one.at_s if one.had else 0.0
            waits = patience.more_than(known, uniform(seed, "patience", one.id))
        arrivals.append(
            sim.Arrival(
                id=one.id,
                at_s=one.at_s,
                queue=one.queue,
                language=one.language,
                handle_s=handle,
                patience_s=waits,
                previous_agent=one.previous,
            )
        )
    return arrivals


def _talked(one: Came) -> float | None:
    """Seconds with agents, of a conversation that has ended."""
    if not one.had or any(ended is None for _agent, _started, ended in one.had):
        return None
    return sum((ended or 0.0) - started for _agent, started, ended in one.had)


def _staff(present: Present, offers: Sequence[Offered]) -> list[sim.Staff]:
    known = profiles.get(present.online)
    accepted: dict[UUID, int] = defaultdict(int)
    for offer in offers:
        accepted[offer.agent] += offer.state == "accepted"
    return [
        sim.Staff(
            id=agent_id,
            desks=known[agent_id].desks,
            languages=known[agent_id].languages,
            skills=known[agent_id].skills,
            shifts=tuple(sim.Shift(*time, present.capacity[agent_id]) for time in times),
            taken=max(0, present.taken[agent_id] - accepted[agent_id]),
        )
        for agent_id, times in present.online.items()
    ]


def _answers(
    offers: Sequence[Offered],
) -> tuple[dict[tuple[Any, Any], list[Answer]], dict[Any, list[Answer]]]:
    """By pair, and by agent. A withdrawn offer shows nothing about its agent."""
    met: dict[tuple[Any, Any], list[Answer]] = defaultdict(list)
    answers: dict[Any, list[Answer]] = defaultdict(list)
    for offer in offers:
        answer = _answer(offer)
        if answer is not None:
            met[offer.ticket, offer.agent].append(answer)
            answers[offer.agent].append(answer)
    return met, answers


def _answer(offer: Offered) -> Answer | None:
    if offer.state == "rescinded":
        return Answer(Reply.MISS, math.inf) if offer.reason == NOT_DELIVERED else None
    if offer.decided_s is None:
        return None
    drawn = offer.made_s if offer.delivered_s is None else offer.delivered_s
    delivered_s, after_s = max(0.0, drawn - offer.made_s), max(0.0, offer.decided_s - drawn)
    if offer.state == "expired":
        return Answer(Reply.MISS, delivered_s)
    reply = Reply.ACCEPT if offer.state == "accepted" else Reply.DECLINE
    return Answer(reply, delivered_s, after_s)


# ---- how it really went ------------------------------------------------------------------------------


def _trips(
    came: Sequence[Came],
    offers: Sequence[Offered],
    queues: Mapping[UUID, catalogue.QueueRow],
    length_s: float,
) -> tuple[Trip, ...]:
    of: dict[UUID, list[Offered]] = defaultdict(list)
    for offer in offers:
        of[offer.ticket].append(offer)
    trips = []
    for one in came:
        answered = one.had[0][1] if one.had and one.had[0][1] <= length_s else None
        left = one.left_s if one.left_s is not None and one.left_s <= length_s else None
        if answered is not None:
            fate, until = Fate.SERVED, answered
        elif left is not None:
            fate, until = Fate.ABANDONED, left
        else:
            fate, until = Fate.WAITING, length_s
        taken = next((offer.made_s for offer in of[one.id] if offer.state == "accepted"), until)
        trips.append(
            Trip(
                ticket=one.id,
                queue=one.queue,
                language=one.language,
                at_s=one.at_s,
                service_level_s=queues[one.queue].service_level_s,
                fate=fate,
                wait_s=until - one.at_s,
                queued_s=min(taken, until) - one.at_s,
                agent=one.had[0][0] if fate is Fate.SERVED else None,
                offers=len(of[one.id]),
                misses=sum(offer.state in ("declined", "expired") for offer in of[one.id]),
                rung=one.step,
            )
        )
    return tuple(trips)


def _work(
    present: Present, offers: Sequence[Offered], came: Sequence[Came], length_s: float
) -> tuple[Work, ...]:
    hers: dict[UUID, list[Offered]] = defaultdict(list)
    for offer in offers:
        hers[offer.agent].append(offer)
    talks: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    for one in came:
        for agent, started, ended in one.had:
            until = length_s if ended is None else min(ended, length_s)
            if until > started:
                talks[agent].append((started, until))
    known = profiles.get(present.online)
    work = []
    for agent, times in sorted(present.online.items()):
        rings = [
            (offer.made_s, length_s if offer.decided_s is None else min(offer.decided_s, length_s))
            for offer in hers[agent]
        ]
        online = sum(ends - begins for begins, ends in times)
        states = [offer.state for offer in hers[agent]]
        work.append(
            Work(
                agent=agent,
                languages=tuple(sorted(known[agent].languages)),
                online_s=online,
                idle_s=online - _covered(times, [*rings, *talks[agent]]),
                paid_s=sum(ends - begins for begins, ends in talks[agent]),
                ring_s=sum(ends - begins for begins, ends in rings),
                offers=len(states),
                accepted=states.count("accepted"),
                declined=states.count("declined"),
                missed=states.count("expired"),
                withdrawn=states.count("rescinded"),
                newcomer=False,
            )
        )
    return tuple(work)


def _covered(times: Iterable[tuple[float, float]], busy: Iterable[tuple[float, float]]) -> float:
    """Seconds of `times` (which don't overlap) in which at least one of `busy` was going on."""
    merged: list[tuple[float, float]] = []
    for begins, ends in sorted(busy):
        if merged and begins <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        else:
            merged.append((begins, ends))
    return sum(
        max(0.0, min(ends, until) - max(begins, since))
        for begins, ends in times
        for since, until in merged
    )
