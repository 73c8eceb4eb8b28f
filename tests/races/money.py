"""Sixteen writers at one agent's money. What each must leave behind is worked out beside the ledger."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

from agents.models import Agent, User
from pay.actions import destinations, payouts
from pay.actions.posting import Leg, Posting, post, post_all, reverse
from pay.models import Payout, Transaction
from pay.queries import balances, reconciliation
from tests.factories import World
from tests.races.harness import nothing_broke, together

IBAN = "DE89370400440532013000"


def booked(agent: Agent, cents: int, key: str) -> Any:
    """Pay her, once per key."""
    legs = [Leg("agent", cents, agent.pk), Leg("earnings", -cents)]
    return post("conversation", key, "EUR", legs, agent=agent.pk)


def ask(agent: Agent, amount: int | None, name: uuid.UUID) -> Any:
    """She asks for some of it, or for all."""
    return payouts.request(
        agent.pk, client_id=name, currency="EUR", amount=amount, requested_by=agent.user_id
    )


def payout_against_earning_against_reversal(world: World, rounds: int) -> list[str]:
    """Payouts of all and of a part, earnings, one delivered four times, reversals of the same, cancels."""
    agent = world.agent("Alice")
    boss = User.objects.create_superuser(f"{uuid.uuid4().hex}@example.com", None)
    destinations.set_bank(agent.pk, holder="Alice", iban=IBAN)
    wrong: list[str] = []
    for nth in range(rounds):
        before = balances.of_agent(agent.pk).get("EUR", 0)
        first = booked(agent, 5000, f"{nth}:first")
        taken = booked(agent, 700, f"{nth}:taken back")
        payout = ask(agent, 1000, uuid.uuid4())[0]
        twice = uuid.uuid4()
        acts: list[Callable[[], Any]] = [
            *(partial(booked, agent, 300, f"{nth}:redelivered") for _ in range(4)),
            *(partial(booked, agent, 11, f"{nth}:{n}") for n in range(3)),
            *(partial(reverse, taken.id, boss.pk, f"reason {n}") for n in range(3)),
            partial(ask, agent, None, uuid.uuid4()),
            partial(ask, agent, 4000, uuid.uuid4()),
            partial(ask, agent, 1500, twice),
            partial(ask, agent, 1500, twice),
            partial(payouts.cancel_own, payout.pk, agent.pk),
            partial(payouts.cancel, payout.pk, boss, "by finance"),
        ]
        assert len(acts) == 16
        outcomes = together(*acts)
        wrong += nothing_broke(f"round {nth}", outcomes)
        if sum(outcome.won for outcome in outcomes[14:]) != 1:
            wrong.append(f"round {nth}: cancelled other than once: {outcomes[14:]}")
        made = {o.value[0].pk: o.value[0].amount for o in outcomes[10:14] if o.won}
        # The payout of the arrangement was cancelled: it counts for nothing.
        expected = before + 5000 + 700 + 300 + 33 - 700 - sum(made.values())
        wrong += judge(agent, expected, f"round {nth}")
        assert first.is_new
    return wrong


def one_reversed_by_all(world: World, rounds: int) -> list[str]:
    """Sixteen take the same back at once, each with a reason of her own: one counts, none fails."""
    agent = world.agent("Alice")
    boss = User.objects.create_superuser(f"{uuid.uuid4().hex}@example.com", None)
    wrong: list[str] = []
    for nth in range(rounds):
        taken = booked(agent, 700, f"{uuid.uuid4()}:taken back")
        outcomes = together(
            *(partial(reverse, taken.id, boss.pk, f"reason {n}") for n in range(16))
        )
        wrong += nothing_broke(f"round {nth}", outcomes)
        if sum(o.won and o.value.is_new for o in outcomes) != 1:
            wrong.append(f"round {nth}: reversed other than once: {outcomes}")
    return wrong + judge(agent, 0, "at the end")


def batches_in_opposite_orders(world: World, rounds: int) -> list[str]:
    """Sixteen batches over the same agents in different orders: no deadlock, nothing lost."""
    agents = [world.agent() for _ in range(4)]
    wrong: list[str] = []
    for nth in range(rounds):
        acts = [partial(post_all, batch(agents, nth, writer)) for writer in range(16)]
        wrong += nothing_broke(f"round {nth}", together(*acts))
    for agent in agents:
        wrong += judge(agent, rounds * sum(range(1, 17)), "at the end")
    return wrong


def batch(agents: list[Agent], nth: int, writer: int) -> list[Posting]:
    """One tip for each, in an order of this writer's own."""
    turned = agents[writer % 4 :] + agents[: writer % 4]
    return [
        Posting(
            "tip", f"{nth}:{writer}:{who.pk}", "EUR",
            [Leg("agent", writer + 1, who.pk), Leg("tips", -writer - 1)], agent=who.pk,
        )
        for who in turned[:: 1 if writer % 2 else -1]
    ]  # fmt: skip


def judge(agent: Agent, expected: int, when: str) -> list[str]:
    """The balance to the cent, in the cache and in the entries; nothing twice, all in agreement."""
    wrong = []
    there = balances.of_agent(agent.pk)["EUR"]
    if there != expected:
        wrong.append(f"{when}: {there} instead of {expected}")
    if there < -700:
        # A reversal may come after the payout of what it takes back; a payout itself may not.
        wrong.append(f"{when}: a payout overdrew it to {there}")
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT sum(e.amount) FROM pay_entry e JOIN pay_account a ON a.id = e.account_id
               WHERE a.agent_id = %s""",
            [agent.pk],
        )
        if cursor.fetchone()[0] != expected:
            wrong.append(f"{when}: the entries do not sum to {expected}")
    found = reconciliation.check()
    if not found.is_well:
        wrong.append(f"{when}: {found}")
    reversals = Transaction.objects.filter(kind="reversal").count()
    if reversals != Transaction.objects.filter(key__endswith="taken back").count():
        wrong.append(f"{when}: {reversals} reversals")
    if Payout.objects.exclude(state__in=["requested", "cancelled"]).exists():
        wrong.append(f"{when}: a payout is where nobody moved it")
    return wrong
