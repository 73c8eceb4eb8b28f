"""Waves: waiting tickets and free agents in, offers out, in sets.

A wave holds an advisory lock, so two never see the same tickets; it takes what it needs in a
handful of statements whatever the number of tickets, and writes all its offers in one.
"""

import time
from contextlib import ExitStack
from functools import lru_cache
from itertools import islice

from django.db import connection, transaction

from core import redis as hints
from core import sql
from dispatch.matching.weights import Weights
from dispatch.queries.versions import of_version
from dispatch.waves.floor import own_floor
from dispatch.waves.limits import within_limits
from dispatch.waves.offers import Facts, make_offers
from dispatch.waves.overlapped import held, may_overlap, offer_in_portions
from dispatch.waves.snapshot import PER_LINE, waiting_tickets
from pay.queries import tariffs

# Advisory locks of this installation: (namespace, what).
LOCK_NAMESPACE, WAVE, TICK = 0x464C4147, 1, 2
WAKE_KEY = "flagdown:wave"
# A wake-up that nobody answered within this time may be repeated.
WAKE_TTL_MS = 2000
# A round that made offers is followed by another, for those that were locked or over the bound.
MAX_ROUNDS = 50
# Tickets of one round when there are slots for that many: larger ones cost more per ticket.
MOST = 1000
# Portions of that size that are read at once, and matched while the ones before them are written.
AHEAD = 4
EVERYTHING = 2**31 - 1

__all__ = ["LOCK_NAMESPACE", "PER_LINE", "TICK", "WAKE_KEY", "WAKE_TTL_MS", "WAVE", "run"]


def run() -> int:
    """Offer what can be offered now; returns the number of offers made."""
    made = 0
    for _ in range(MAX_ROUNDS):
        offers, more = _round()
        made += offers
        if not more:
            break
    return made


def _round() -> tuple[int, bool]:
    """One locked round: (offers made, whether another may make more)."""
    # Here, not above: web and sockets import this room too, and never need numpy.
    from dispatch.matching.solve import solve

    alone = not connection.in_atomic_block
    with ExitStack() as beyond:
        with transaction.atomic():
            _lock()
            # From here on a new wake-up means a new wave: what it announces may not be in our snapshot.
            hints.attempt(lambda client: client.delete(WAKE_KEY))
            started = time.perf_counter()
            here = own_floor()
            moment = here.read()
            slots = here.free_slots
            if not slots:
                return 0, False
            # No line can use more tickets than there are slots. Where slots are short the most urgent
            # are to be found among all; where there are plenty, the rest has its turn in a moment.
            per_line = min(PER_LINE, slots)
            ahead = AHEAD if alone and slots >= AHEAD * MOST else 1
            most = ahead * MOST if slots >= MOST else EVERYTHING
            waiting, cooling = waiting_tickets(per_line, most, moment.catalogue)
            if not waiting:
                return 0, False
            here.furnish(
                {each.queue.id: each.queue for each in waiting.values()}.values(), moment.at
            )
            weights = _weights(connection.settings_dict["NAME"], moment.weights)
            quoter = tariffs.quoter(moment.catalogue, moment.at)
            overlap = ahead > 1 and len(waiting) > MOST and may_overlap(waiting.values())
            if overlap:
                beyond.enter_context(held(LOCK_NAMESPACE, WAVE))
            else:
                some = dict(islice(waiting.items(), MOST)) if ahead > 1 else waiting
                matches = solve(
                    [each.ticket for each in some.values()],
                    here.crew,
                    weights,
                    cooling,
                    at=moment.at,
                )
                matches = within_limits(matches, waiting)
                if not matches:
                    return 0, False
                facts = Facts(len(waiting), here.free_agents, weights, started, quoter)
                served = make_offers(matches, waiting, facts)
                here.doubt(served.absent)
                offers, tickets = served.offers, served.tickets
        if overlap:
            offers, tickets = offer_in_portions(
                here, waiting, cooling, weights, moment.at, MOST, quoter
            )
    # As many as were asked for: there may be more behind the bound, even when all were offered.
    bounded = len(waiting) >= min(per_line, most)
    return offers, offers > 0 and (tickets < len(waiting) or bounded)


@lru_cache(maxsize=8)
def _weights(_database: str, version: int | None) -> Weights:
    """The weights of a version, which is never edited; None for what the code comes with."""
    return Weights(version=0) if version is None else of_version(version)


def _lock() -> None:
    with sql.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_NAMESPACE, WAVE])
