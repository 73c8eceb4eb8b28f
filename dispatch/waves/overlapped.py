"""Many tickets at once: matching the next portion while Postgres writes and commits the last.

Python and Postgres take about as long for an offer as each other, and on two cores need not wait
for each other. What was read once is matched in portions, each against the agents as they will be
when the portions before it are written. A second thread writes them one after the other, each in a
transaction of its own, over the same connection; the first asks the database nothing meanwhile.

Nothing rests on the forecast. The statement that writes locks tickets and agents and looks at them
again, whatever has become of them: a ticket that is cancelled or an agent who has left or is full
is passed over, and the next reading finds out. A portion that fails ends the wave with what was built
upon it, and the agents are read anew.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from core import sql
from dispatch.matching.types import Weights
from dispatch.waves.floor import Floor
from dispatch.waves.offers import Drafts, Facts, Served, drafted
from dispatch.waves.snapshot import Waiting
from pay.queries.tariffs import Quoter

# Seconds after which one of the two threads lets the other go on: Postgres' answer is not to wait
# for the matching as long as Python's usual 5 ms.
TURN_S = 0.0005


def may_overlap(waiting: Iterable[Waiting]) -> bool:
    """Whether portions may be matched ahead. Not where a queue's cap or spacing limits the agents:
    that has to be counted again before each is written, by `within_limits`."""
    return not any(each.queue.agent_cap is not None or each.queue.spacing_s for each in waiting)


@contextmanager
def held(namespace: int, what: int) -> Iterator[None]:
    """An advisory lock of this session, beyond its transactions.

    Taken within the one that holds the same lock for itself, it leaves no moment without.
    """
    with sql.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [namespace, what])
    lent = connections[DEFAULT_DB_ALIAS]
    try:
        yield
    finally:
        try:
            with sql.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [namespace, what])
        except BaseException:
            # The lock must not go back to the pool with its session.
            if lent.connection is not None:
                lent.connection.close()
            raise


def offer_in_portions(
    here: Floor,
    waiting: Mapping[UUID, Waiting],
    cooling: Set[tuple[UUID, UUID]],
    weights: Weights,
    at: float,
    size: int,
    quoter: Quoter,
) -> tuple[int, int]:
    """Offer what is `waiting`, by portions of `size`; (offers, tickets) that were made and served.

    Under the wave's lock, which the session must hold (`held`), and outside of a transaction. Who
    got nothing in one portion competes in the next, so that what is kept free for it stays so.
    """
    # Here, not above: web and sockets import this room too, and never need numpy.
    from dispatch.matching.solve import solve

    offers = tickets = 0
    todo, left = list(waiting.values()), list[Waiting]()
    running: Future[Served] | None = None

    def take_in(served: Served) -> None:
        nonlocal offers, tickets
        offers, tickets = offers + served.offers, tickets + served.tickets
        here.doubt(served.missed)
        here.leave_out(served.absent)

    try:
        with _writer() as writer:
            while todo:
                started = time.perf_counter()
                some = [*left, *todo[:size]]
                del todo[:size]
                matches = solve([one.ticket for one in some], here.crew, weights, cooling, at=at)
                facts = Facts(len(some) + len(todo), here.free_agents, weights, started, quoter)
                drafts = drafted(matches, waiting, facts)
                if running is not None:
                    take_in(running.result())
                    running = None
                if matches:
                    running = writer.submit(_written, drafts)
                here.give(
                    (match.agent_id, waiting[match.ticket_id].ticket.slots) for match in matches
                )
                served = {match.ticket_id for match in matches}
                left = [one for one in some if one.ticket.id not in served]
            if running is not None:
                take_in(running.result())
    except BaseException:
        # What was counted as given may not be.
        here.distrust()
        raise
    return offers, tickets


def _written(drafts: Drafts) -> Served:
    with transaction.atomic():
        return drafts.write()


@contextmanager
def _writer() -> Iterator[ThreadPoolExecutor]:
    """A second thread with this thread's connection; it has ended when the block has."""
    lent = connections[DEFAULT_DB_ALIAS]

    def borrow() -> None:
        connections[DEFAULT_DB_ALIAS] = lent

    lent.inc_thread_sharing()
    turn = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        with ThreadPoolExecutor(1, "wave", borrow) as writer:
            yield writer
    finally:
        sys.setswitchinterval(turn)
        lent.dec_thread_sharing()
