"""Small days, with people who do as they are told."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dispatch.matching.weights import Weights
from dispatch.simulation.flagdown import Flagdown
from dispatch.simulation.types import Answer, Arrival, Day, Queue, Reply, Rules, Shift, Staff
from tickets.ladder import Need, Rung

PROMPT = Answer(Reply.ACCEPT)
AT_ONCE = Rules(delay_s=0.0, tick_s=0.0, cool_down_s=30.0)

Script = Callable[[Any, Any, float, int], Answer]


class People:
    """Answers by a function of (ticket, agent, moment, how often before)."""

    def __init__(self, script: Script, back_s: float = 65.0) -> None:
        self._script, self._back_s = script, back_s

    def answer(self, ticket: Any, agent: Any, at_s: float, nth: int) -> Answer:
        """As scripted."""
        return self._script(ticket, agent, at_s, nth)

    def back_s(self, agent: Any, at_s: float) -> float:
        """Always the same."""
        return self._back_s


def queue(**changes: Any) -> Queue:
    """The queue `q`: anybody of level 2, one minute promised."""
    ground = changes.pop("ground", Rung((Need(2, {}),)))
    return Queue(**{"id": "q", "desk": "d", "ground": ground, "service_level_s": 60.0, **changes})


def arrival(ident: int, at_s: float, **changes: Any) -> Arrival:
    """A German customer whose conversation takes 100 s."""
    base = {"id": ident, "at_s": at_s, "queue": "q", "language": "de", "handle_s": 100.0}
    return Arrival(**{**base, **changes})


def agent(ident: Any, *shifts: Shift, **changes: Any) -> Staff:
    """A German speaker with one slot all day."""
    base = {
        "id": ident,
        "desks": frozenset({"d"}),
        "languages": {"de": 3},
        "skills": {},
        "shifts": shifts or (Shift(0.0, 1e9, 1),),
    }
    return Staff(**{**base, **changes})


def day(
    arrivals: Sequence[Arrival],
    staff: Sequence[Staff],
    *queues: Queue,
    script: Script = lambda *_: PROMPT,
    end_s: float = 10_000.0,
) -> Day:
    """All of it together."""
    known = {one.id: one for one in queues or (queue(),)}
    return Day(known, arrivals, staff, People(script), end_s)


def ours(**changes: Any) -> Flagdown:
    """Our policy, without delays."""
    return Flagdown(Weights(version=1), replace(AT_ONCE, **changes))


def busy_day(seed: int, customers: int = 300) -> Day:
    """Some languages and queues, people who decline, miss and leave, and hardly enough of them."""
    rng = random.Random(seed)
    languages = ("de", "en", "cy")
    queues = [
        queue(id="q"),
        queue(id="hard", ground=Rung((Need(2, {7: 1}),)), slots=2, wrap_up_s=20.0),
        queue(id="calm", agent_cap=1, spacing_s=5.0, same_agent_s=20.0),
    ]
    arrivals = [
        arrival(
            ident,
            10.0 * rng.randrange(300),
            queue=rng.choice(queues).id,
            language=rng.choice(languages),
            handle_s=rng.expovariate(1 / 60),
            patience_s=rng.expovariate(1 / 300),
            previous_agent=rng.choice((None, 1, 2)),
        )
        for ident in range(customers)
    ]
    staff = [
        agent(
            ident,
            Shift(100.0 * rng.randrange(3), rng.uniform(2000, 4000), rng.choice((1, 2, 3))),
            languages=dict.fromkeys(rng.sample(languages, rng.choice((1, 2))), 3),
            skills={7: 2} if rng.random() < 0.5 else {},
            taken=rng.choice((None, 0, 100)),
        )
        for ident in range(10)
    ]

    def script(ticket: int, who: int, at_s: float, nth: int) -> Answer:
        dice = random.Random(f"{ticket} {who} {nth}")
        reply = dice.choices(list(Reply), (8, 1, 1))[0]
        return Answer(reply, dice.choice((0.2, 1.0, 12.0)), dice.uniform(1, 8))

    return day(arrivals, staff, *queues, script=script, end_s=3600.0)
