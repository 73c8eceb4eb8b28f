"""The engine's measures, inside the product's environment and beside its worker.

python -m bench.engine.inside dispatch|chain|hand PLAN    PLAN and the answer are JSON
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

STALLED_S = 20.0
PAUSE_S = 0.001
# Batches that warm the worker's processes up before the clock runs.
WARM_UP = 20


def dispatch(
    agents: int, slots: int, backlog: int, stream: int, batch: int, stream_s: float, worker: int
) -> dict[str, Any]:
    """Offers a second with so many agents: of a stream in small batches, then of a backlog."""
    from bench.engine import world

    house = world.build(agents, slots, backlog + stream)
    world.still_here(house)
    meter = Meter(worker)
    flowing = _stream(house.tickets[:stream], batch, stream_s, meter)
    world.still_here(house)
    drained = _backlog(house.tickets[stream:], meter)
    _check(world.broken())
    return {"stream": flowing, "backlog": drained}


def _stream(tickets: list[UUID], batch: int, seconds: float, meter: Meter) -> dict[str, float]:
    """Small batches ask for a person, each as soon as at most one batch before it is unanswered."""
    from dispatch import tasks

    batches = [tickets[at : at + batch] for at in range(0, len(tickets), batch)]
    fed = done = counted_from = 0
    already = _offers_made()
    begun = heard = time.perf_counter()
    for number, some in enumerate(batches):
        if number == WARM_UP:
            meter.start()
            begun, counted_from = time.perf_counter(), done
        elif number > WARM_UP and time.perf_counter() - begun > seconds:
            break
        _ask_for_a_person(some)
        tasks.wake()
        fed += len(some)
        while fed - done > batch:
            before, done = done, _offers_made() - already
            now = time.perf_counter()
            heard = now if done > before else heard
            _patience(heard, done, fed)
            if fed - done > batch:
                time.sleep(PAUSE_S)
    rate = (done - counted_from) / (time.perf_counter() - begun)
    spent = meter.microseconds(done - counted_from)
    while _offers_made() - already < fed:
        tasks.wake()
        _patience(heard, _offers_made() - already, fed)
        time.sleep(PAUSE_S)
    return {"offers_per_s": round(rate, 1), "cpu_us": spent, **_waves(), **_waits(tickets[:fed])}


def _backlog(tickets: list[UUID], meter: Meter) -> dict[str, float]:
    """All of them wait; the worker is woken as by any change until each has its offer."""
    from dispatch import tasks

    waves = _waves()["waves"]
    _ask_for_a_person(tickets)
    already, done = _offers_made(), 0
    meter.start()
    begun = heard = time.perf_counter()
    while done < len(tickets):
        tasks.wake()
        time.sleep(5 * PAUSE_S)
        before, done = done, _offers_made() - already
        heard = time.perf_counter() if done > before else heard
        _patience(heard, done, len(tickets))
    seconds = time.perf_counter() - begun
    return {
        "offers_per_s": round(done / seconds, 1),
        "cpu_us": meter.microseconds(done),
        "seconds": round(seconds, 3),
        "waves": _waves()["waves"] - waves,
    }


def chain(agents: int, slots: int, tickets: int, seconds: float, hands: int) -> dict[str, Any]:
    """Whole conversations without words: offered by the worker, accepted and resolved by actions.

    `hands` processes act for the agents. Slots that they free wake the worker, as in production.
    """
    from bench.engine import world

    house = world.build(agents, slots, tickets)
    plans = [{"index": index, "hands": hands, "seconds": seconds} for index in range(hands)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.engine.inside", "hand", json.dumps(plan)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for plan in plans
    ]
    world.still_here(house)
    _ask_for_a_person(house.tickets)
    from dispatch import tasks

    tasks.wake()
    answers = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise SystemExit("A process that acts for agents failed; its reason stands above.")
    done = [json.loads(answer) for answer in answers]
    _check(world.broken())
    return {
        "resolved_per_s": round(sum(hand["resolved"] / hand["seconds"] for hand in done), 1),
        "resolved": sum(hand["resolved"] for hand in done),
        "refused": sum(hand["refused"] for hand in done),
        **_waves(),
    }


def hand(index: int, hands: int, seconds: float) -> dict[str, Any]:
    """Accept and resolve what this share of the agents is offered, for so long from the first one on."""
    from core.states import Stale
    from dispatch import actions
    from tickets import actions as tickets

    begun: float | None = None
    waiting_since = time.perf_counter()
    resolved = refused = 0
    while begun is None or time.perf_counter() - begun < seconds:
        offers = _pending(index, hands)
        if not offers:
            if begun is None:
                _patience(waiting_since, 0, 1)
            time.sleep(PAUSE_S)
            continue
        begun = begun or time.perf_counter()
        for offer, agent, ticket in offers:
            try:
                actions.accept(offer, agent)
                tickets.resolve(ticket, agent, disposition="solved")
                resolved += 1
            except Stale:
                refused += 1
    return {
        "resolved": resolved,
        "refused": refused,
        "seconds": time.perf_counter() - (begun or waiting_since),
    }


class Meter:
    """Processor time of the dispatcher: the worker, its backends, and Redis. Not the feeding."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._before = 0.0

    def start(self) -> None:
        """Count from here."""
        self._before = self._spent()

    def microseconds(self, count: int) -> float:
        """Since the start, for each of `count`."""
        return round((self._spent() - self._before) / max(count, 1) * 1e6, 1)

    def _spent(self) -> float:
        from core import redis

        worker = psutil.Process(self._worker)
        pids = [worker.pid, *(child.pid for child in worker.children(recursive=True))]
        pids += [
            row[0]
            for row in _rows("""
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND backend_type = 'client backend'""")
        ]
        cpu = redis.client().info("cpu")
        total = float(cpu["used_cpu_user"] + cpu["used_cpu_sys"])
        for pid in pids:
            # A pool may have given a connection back meanwhile.
            with contextlib.suppress(psutil.Error):
                times = psutil.Process(pid).cpu_times()
                total += times.user + times.system
        return total


def _ask_for_a_person(tickets: list[UUID]) -> None:
    """The move that a customer's wish makes, for many at once."""
    from core.states import NOW, move
    from tickets import states
    from tickets.models import Ticket

    move(
        Ticket, states.TICKET, tickets, states.WAITING, by="customer", reason="human",
        values={"waiting_since": NOW}, sources=[states.ASSISTANT],
    )  # fmt: skip


def _pending(index: int, hands: int) -> list[tuple[UUID, UUID, UUID]]:
    return _rows(
        """SELECT id, agent_id, ticket_id FROM dispatch_offer
           WHERE state = 'pending' AND abs(hashtext(agent_id::text)) %% %s = %s
           ORDER BY expires_at LIMIT 50""",
        [hands, index],
    )


def _offers_made() -> int:
    """As the waves have written it down: a handful of rows, where counting offers would take time."""
    return int(_rows("SELECT coalesce(sum(offers), 0) FROM dispatch_wave")[0][0])


def _waves() -> dict[str, float]:
    count, took = _rows("SELECT count(*), coalesce(avg(took_ms), 0) FROM dispatch_wave")[0]
    return {"waves": count, "wave_ms": round(took, 2)}


def _waits(tickets: list[UUID]) -> dict[str, float]:
    """From the wish for a person to the offer, by the database's clock."""
    p50, p99 = _rows(
        """SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY s), percentile_disc(0.99) WITHIN GROUP (ORDER BY s)
           FROM (SELECT extract(epoch FROM o.made_at - t.waiting_since)::float8 AS s
                 FROM dispatch_offer o JOIN tickets_ticket t ON t.id = o.ticket_id
                 WHERE o.ticket_id = ANY(%s)) AS waited""",
        [tickets],
    )[0]
    return {"wait_p50_ms": round(p50 * 1000, 2), "wait_p99_ms": round(p99 * 1000, 2)}


def _rows(statement: str, params: list[Any] | None = None) -> list[Any]:
    from core import sql

    with sql.cursor() as cursor:
        cursor.execute(statement, params or [])
        found: list[Any] = cursor.fetchall()
    return found


def _patience(heard: float, done: int, wanted: int) -> None:
    if time.perf_counter() - heard > STALLED_S:
        raise SystemExit(
            f"{done} of {wanted} tickets were offered, then none for {STALLED_S:.0f} s."
        )


def _check(broken: list[str]) -> None:
    if broken:
        raise SystemExit("The run broke promises:\n" + "\n".join(broken[:10]))


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "dispatch": dispatch,
    "chain": chain,
    "hand": hand,
}

if __name__ == "__main__":
    django.setup(set_prefix=False)
    print(json.dumps(VERBS[sys.argv[1]](**json.loads(sys.argv[2]))))
