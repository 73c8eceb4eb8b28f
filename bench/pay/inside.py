"""The measures of money, inside the product's environment.

python -m bench.pay.inside resolve|ledger PLAN    PLAN and the answer are JSON
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import django

from bench.figures import latency, percentile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

STALLED_S = 20.0


def resolve(tickets: int, block: int) -> dict[str, Any]:
    """Seconds of one resolution with pay and without, in blocks that take turns in one run."""
    from dispatch import actions
    from pay.models import Transaction
    from tickets import actions as conversations

    taken = _talks(tickets, actions.accept)
    took: dict[bool, list[float]] = {True: [], False: []}
    spent: dict[bool, list[float]] = {True: [], False: []}
    backend = _rows("SELECT pg_backend_pid()")[0][0]
    gc.disable()
    for number, at in enumerate(range(0, len(taken), block)):
        paid = number % 2 == 0
        with contextlib.nullcontext() if paid else _unpaid():
            before = _processor_s(backend)
            for ticket, agent in taken[at : at + block]:
                begun = time.perf_counter()
                conversations.resolve(ticket, agent, disposition="solved")
                took[paid].append(time.perf_counter() - begun)
            spent[paid].append(_processor_s(backend) - before)
    booked = Transaction.objects.filter(kind="conversation").count()
    # The first blocks warm the connection's prepared statements up.
    kept = {paid: sorted(samples[block:]) for paid, samples in took.items()}
    return {
        "with": latency(kept[True]),
        "without": latency(kept[False]),
        "with_ms": round(_trimmed(kept[True]) * 1000, 3),
        "without_ms": round(_trimmed(kept[False]) * 1000, 3),
        # Of this process and its Postgres backend: other work on the machine hardly changes it.
        "with_cpu_ms": round(statistics.median(spent[True][1:]) / block * 1000, 3),
        "without_cpu_ms": round(statistics.median(spent[False][1:]) / block * 1000, 3),
        "booked": booked,
        "resolved": len(taken),
    }


def _processor_s(backend: int) -> float:
    """Processor time of this process and of its backend so far, in seconds."""
    with open(f"/proc/{backend}/schedstat", encoding="ascii") as file:
        return time.process_time() + int(file.read().split()[0]) / 1e9


def _trimmed(ordered: list[float]) -> float:
    """Their mean without the slowest and the quickest twentieth: checkpoints are nobody's doing."""
    cut = len(ordered) // 20
    return statistics.fmean(ordered[cut : len(ordered) - cut])


def _talks(tickets: int, accept: Callable[[UUID, UUID], Any]) -> list[tuple[UUID, UUID]]:
    """So many conversations under way: (ticket, agent)."""
    from bench.engine import world
    from core.states import NOW, move
    from dispatch import waves
    from tickets import states
    from tickets.models import Ticket

    _tariff()
    house = world.build(50, tickets * 2, tickets)
    world.still_here(house)
    move(
        Ticket, states.TICKET, house.tickets, states.WAITING, by="customer", reason="human",
        values={"waiting_since": NOW}, sources=[states.ASSISTANT],
    )  # fmt: skip
    taken: list[tuple[UUID, UUID]] = []
    until = time.monotonic() + STALLED_S
    while len(taken) < tickets and time.monotonic() < until:
        waves.run()
        for offer, agent, ticket in _rows(
            "SELECT id, agent_id, ticket_id FROM dispatch_offer WHERE state = 'pending'"
        ):
            accept(offer, agent)
            taken.append((ticket, agent))
            until = time.monotonic() + STALLED_S
    if len(taken) < tickets:
        raise SystemExit(f"Only {len(taken)} of {tickets} tickets found an agent.")
    return taken


def _tariff() -> None:
    """What conversations are paid by."""
    from core import clock
    from pay.models import Tariff

    Tariff.objects.create(
        base="1.20", minute="0.25", minimum="1.50", currency="EUR",
        starts_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip


@contextlib.contextmanager
def _unpaid() -> Iterator[None]:
    """Nothing of pay hears that a conversation ended."""
    from pay import receivers
    from tickets import signals

    signals.conversations_left.disconnect(receivers.on_conversations_left)
    try:
        yield
    finally:
        signals.conversations_left.connect(receivers.on_conversations_left)


def ledger(entries: int, agents: int, lines: int, looks: int, posts: int) -> dict[str, Any]:
    """Reading and writing in a ledger of so many entries, one agent of which has `lines` bookings."""
    from agents.models import Agent, User
    from pay.actions.posting import Leg, Posting, post_all
    from pay.carriers import paper
    from pay.periods import period
    from pay.queries import balances, statements

    users = User.objects.bulk_create(
        User(email=f"{uuid.uuid4().hex}@example.com", password="!") for _ in range(agents)
    )
    people = Agent.objects.bulk_create(Agent(user=user, name="Agent") for user in users)
    ids = [person.pk for person in people]
    _history(ids, entries // 2 - lines, lines)
    looked, posted = [], []
    for number in range(looks):
        begun = time.perf_counter()
        balances.of_agent(ids[number % agents])
        looked.append(time.perf_counter() - begun)
    for number in range(posts):
        batch = [
            Posting(
                "tip", f"bench:{number}:{nth}", "EUR",
                [Leg("agent", 5, ids[nth]), Leg("tips", -5)], agent=ids[nth],
            )
            for nth in range(50)
        ]  # fmt: skip
        begun = time.perf_counter()
        post_all(batch)
        posted.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    found = statements.statement(ids[0], "EUR", period("2026"))
    drawn = paper.pdf(found, "Agent")
    statement_s = time.perf_counter() - begun
    begun = time.perf_counter()
    paper.csv(found)
    csv_s = time.perf_counter() - begun
    begun = time.perf_counter()
    off = balances.audit()
    audit_s = time.perf_counter() - begun
    if off or len(found.rows) < lines:
        raise SystemExit(f"The ledger is wrong: {off[:3]}, {len(found.rows)} rows.")
    return {
        "entries": entries,
        "balance_ms": round(percentile(looked[20:], 0.5) * 1000, 3),
        "balance_p99_ms": round(percentile(looked[20:], 0.99) * 1000, 3),
        "posted_per_s": round(50 * len(posted[2:]) / sum(posted[2:]), 0),
        "statement_rows": len(found.rows),
        "statement_pdf_s": round(statement_s, 3),
        "statement_csv_s": round(csv_s, 3),
        "pdf_kb": round(len(drawn) / 1024),
        "audit_s": round(audit_s, 3),
    }


def _history(ids: list[UUID], spread: int, heavy: int) -> None:
    """`spread` bookings over all agents and `heavy` for the first, each with a line and two entries.

    Written in bulk, as years of use would have left them: triggers would check what is right.
    """
    from django.db import connection

    from pay import accounts

    house = accounts.id_of("earnings", "EUR")
    mine = [accounts.id_of("agent", "EUR", who) for who in ids]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """INSERT INTO pay_account (id, kind, currency, agent_id)
               SELECT %s::uuid, 'earnings', 'EUR', NULL UNION ALL
               SELECT a, 'agent', 'EUR', b FROM unnest(%s::uuid[], %s::uuid[]) x (a, b)""",
            [house, mine, ids],
        )
        cursor.execute(
            """CREATE TEMPORARY TABLE made AS
               SELECT gen_random_uuid() AS id, n, timestamptz '2026-01-01' + n * interval '20 s' AS at,
                      CASE WHEN n <= %s THEN 1 ELSE 1 + n %% %s END AS who
               FROM generate_series(1, %s) n""",
            [heavy, len(ids), spread + heavy],
        )
        cursor.execute(
            """INSERT INTO pay_transaction (id, kind, key, currency, agent_id, legs, digest, at)
               SELECT id, 'conversation', 'history:' || n, 'EUR', (%s::uuid[])[who], 2, '', at FROM made""",
            [ids],
        )
        cursor.execute(
            """INSERT INTO pay_entry (transaction_id, account_id, amount, at)
               SELECT id, (%s::uuid[])[who], 240, at FROM made
               UNION ALL SELECT id, %s::uuid, -240, at FROM made""",
            [mine, house],
        )
        cursor.execute(
            """INSERT INTO pay_line (transaction_id, label, quantity, rate, amount)
               SELECT id, 'minutes', 8, 0.30, 240 FROM made"""
        )
        cursor.execute(
            """INSERT INTO pay_balance (account_id, shard, amount, entries)
               SELECT account_id, 0, sum(amount), count(*) FROM pay_entry GROUP BY 1"""
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


def _rows(statement: str) -> list[Any]:
    from core import sql

    with sql.cursor() as cursor:
        cursor.execute(statement)
        found: list[Any] = cursor.fetchall()
    return found


VERBS: dict[str, Callable[..., dict[str, Any]]] = {"resolve": resolve, "ledger": ledger}

if __name__ == "__main__":
    django.setup(set_prefix=False)
    print(json.dumps(VERBS[sys.argv[1]](**json.loads(sys.argv[2]))))
