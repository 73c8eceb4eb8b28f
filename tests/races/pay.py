"""Contests, as next door, about what work pays: booked once, as promised, whoever comes first."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, transaction

from agents import presence
from agents.models import Agent, PresenceLog
from core import clock
from core.states import Stale
from dispatch import actions
from pay.actions import closing, earning, settling, tipping
from pay.models import QuestMember, Tariff, Tipping, Transaction
from pay.queries import reconciliation
from tests.factories import World
from tests.pay.worlds import booked, make_quest, make_tariff
from tests.races import prepare
from tests.races.contests import ROOMY
from tests.races.harness import attempt, exactly_one_winner, losers_know, nothing_broke, race
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets.models import Assignment, Queue, Ticket
from tickets.signals import Left, conversations_left

# What every conversation here is promised; none takes long enough to be worth more.
PROMISED = 150
RECOUNTS = {
    "%s was booked %s times for the time %s with it": """
        SELECT a.ticket_id, count(t.id), a.id FROM tickets_assignment a
        LEFT JOIN pay_transaction t ON t.key LIKE 'conversation:' || a.ticket_id || '%'
            AND t.agent_id = a.agent_id
        WHERE a.terms <> '' GROUP BY a.id
        HAVING count(t.id) <> CASE WHEN a.ended_at IS NULL THEN 0 ELSE 1 END""",
    "%s brought its agent %s, and not what she was promised": f"""
        SELECT a.ticket_id, coalesce(sum(e.amount), 0) FROM tickets_assignment a
        LEFT JOIN pay_transaction t ON t.ticket_id = a.ticket_id AND t.agent_id = a.agent_id
            AND t.kind = 'conversation'
        LEFT JOIN pay_entry e ON e.transaction_id = t.id AND e.amount > 0
        WHERE a.terms <> '' AND a.ended_at IS NOT NULL
        GROUP BY a.id HAVING coalesce(sum(e.amount), 0) <> {PROMISED}""",
    "transaction %s sums to %s": """
        SELECT transaction_id, sum(amount) FROM pay_entry GROUP BY 1 HAVING sum(amount) <> 0""",
}


def wrong_pay() -> list[str]:
    """Sentences about times that were not paid once and as promised, and about a ledger that is off."""
    wrong = []
    with connection.cursor() as cursor:
        for sentence, sql in RECOUNTS.items():
            cursor.execute(sql)
            wrong += [sentence % row for row in cursor.fetchall()]
    found = reconciliation.check()
    return wrong if found.is_well else [*wrong, str(found)]


def _alice(world: World) -> Agent:
    if not Tariff.objects.exists():
        make_tariff(desk=world.desk)
    # At a second try those of the first would be asked too.
    for earlier in world.agents:
        presence.set_presence(earlier.pk, "offline", by="test")
    return world.agent("Alice", online=True, capacity=ROOMY)


def resolve(item: prepare.OpenTicket, agent: Agent) -> Any:
    """She ends it."""
    return tickets.resolve(item[0], agent.pk, disposition="solved")


def _against_resolve(world: World, rounds: int, act: Callable[..., Any], *told: str) -> list[str]:
    """Two ways out at once; then, should it wait again, the next agent has it and ends it too."""
    alice = _alice(world)
    items = prepare.conversations(world, rounds, alice)
    bob = world.agent("Bob", online=True, capacity=ROOMY)
    wrong: list[str] = []

    def resolves(item: prepare.OpenTicket) -> Any:
        # She reads on for a moment, in some rounds, so that the longer way out wins some too.
        for _ in range(item[0].int % 4 * 4):
            Ticket.objects.get(pk=item[0])
        return resolve(item, alice)

    for item, outcomes in race(items, resolves, lambda item: act(item, alice), jitter_ms=3):
        wrong += exactly_one_winner(item, outcomes) + losers_know(item, outcomes, *told)
        if Ticket.objects.filter(pk=item[0], state="waiting").exists():
            actions.claim(item[0], bob.pk)
            wrong += nothing_broke(item, [_attempt(partial(resolve, item, bob))])
    return wrong + wrong_pay() + broken_promises()


def _attempt(act: Callable[[], Any]) -> Any:
    outcome = attempt(lambda _: act(), None)
    return outcome if outcome.won else replace(outcome, broke=outcome.broke or outcome.refusal)


def resolve_against_resolve(world: World, rounds: int) -> list[str]:
    """A double tap on “resolved”: paid once."""
    return _against_resolve(world, rounds, resolve, "resolved")


def resolve_against_transfer(world: World, rounds: int) -> list[str]:
    """Resolved in one tab, handed on in the other: her time is paid once, and the next agent's too."""

    def transfer(item: prepare.OpenTicket, agent: Agent) -> Any:
        return tickets.transfer(item[0], agent.pk, queue="general")

    return _against_resolve(world, rounds, transfer, "resolved", "waiting")


def resolve_against_release(world: World, rounds: int) -> list[str]:
    """Resolved in one tab, given back in the other."""

    def release(item: prepare.OpenTicket, agent: Agent) -> Any:
        return tickets.release(item[0], agent.pk)

    return _against_resolve(world, rounds, release, "resolved", "waiting")


def resolve_against_leaving(world: World, rounds: int) -> list[str]:
    """The customer leaves as her agent resolves: paid once, whoever ended it."""
    alice = _alice(world)
    wrong: list[str] = []
    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        lambda item: resolve(item, alice),
        lambda item: tickets.close(*item),
        jitter_ms=3,
    ):
        wrong += nothing_broke(item, outcomes) + losers_know(item, outcomes, "resolved")
        if not outcomes[1].won:
            wrong.append(f"{item}: the customer could not leave: {outcomes[1]}")
    return wrong + wrong_pay() + broken_promises()


def resolve_against_a_move_that_fails(world: World, rounds: int) -> list[str]:
    """One resolves and is rolled back at its end, as by a lost connection; in half of the rounds
    another resolves at the same time. Money is there when the conversation has ended, and only then."""
    alice = _alice(world)
    wrong: list[str] = []

    def stumbles(item: prepare.OpenTicket) -> None:
        with transaction.atomic():
            resolve(item, alice)
            raise Stale("stumbled")

    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        stumbles,
        lambda item: resolve(item, alice) if item[0].int % 2 else None,
    ):
        wrong += nothing_broke(item, outcomes)
        if not outcomes[1].won:
            wrong.append(f"{item}: could not be resolved: {outcomes[1]}")
    return wrong + wrong_pay()


def redelivered(world: World, rounds: int) -> list[str]:
    """The same news of an ended conversation four times at once, after it was booked: nothing new."""
    alice = _alice(world)
    news: dict[Any, Left] = {}

    def keep(sender: Any, left: Sequence[Left], **_: Any) -> None:
        news.update((each.ticket_id, each) for each in left)

    def arrange(item: prepare.OpenTicket) -> Left:
        conversations_left.connect(keep)
        try:
            resolve(item, alice)
        finally:
            conversations_left.disconnect(keep)
        return news[item[0]]

    wrong: list[str] = []
    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        *[lambda left: settling.settle([left])] * 4,
        arrange=arrange,
    ):
        wrong += nothing_broke(item, outcomes)
        wrong += [f"{item}: {outcome.refusal!r}" for outcome in outcomes if outcome.refusal]
    return wrong + wrong_pay()


def tip_against_tip(world: World, rounds: int) -> list[str]:
    """Three taps on two amounts: one of them is booked, and all who are told of it are told the same."""
    alice = _alice(world)
    Tipping.objects.update_or_create(
        desk=world.desk, defaults={"amounts": [Decimal(1), Decimal(2)], "is_on": True}
    )
    wrong: list[str] = []

    def arrange(item: prepare.OpenTicket) -> None:
        resolve(item, alice)
        tickets.rate(*item, score=5)

    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        *[partial(lambda amount, item: tipping.tip(*item, amount=amount), n) for n in "112"],
        arrange=arrange,
    ):
        wrong += nothing_broke(item, outcomes)
        made = Transaction.objects.filter(ticket=item[0], kind="tip")
        told = {outcome.value.amount for outcome in outcomes if outcome.won}
        new = sum(outcome.won and outcome.value.is_new for outcome in outcomes)
        amounts = {tip.entries.get(amount__gt=0).amount for tip in made}
        if (len(made), new) != (1, 1) or told != amounts:
            wrong.append(f"{item}: {len(made)} tips of {amounts}, {new} new, told {told}")
    return wrong + wrong_pay()


def quest_against_quest(world: World, rounds: int) -> list[str]:
    """Two conversations end at once that fulfil a quest, together or each: rewarded once, and counted
    no further than it asks for."""
    # What is wrapped up keeps its slots: nothing that frees them puts the two in order before.
    Queue.objects.filter(desk=world.desk).update(wrap_up_s=600)
    alice = _alice(world)
    talks = prepare.conversations(world, 2 * rounds, alice)
    wrong: list[str] = []

    def arrange(pair: Any) -> None:
        made = make_quest(world.desk, target=1 + pair[0][0].int % 2)
        earning.join(made.pk, alice.pk)

    before = len(booked(alice, "quest"))
    for nth, (pair, outcomes) in enumerate(
        race(
            list(zip(talks[::2], talks[1::2], strict=True)),
            lambda pair: resolve(pair[0], alice),
            lambda pair: resolve(pair[1], alice),
            arrange=arrange,
        )
    ):
        wrong += nothing_broke(pair, outcomes)
        member = QuestMember.objects.select_related("quest").latest("id")
        if member.done != member.quest.target or member.reached_at is None:
            wrong.append(f"{pair}: {member.done} of {member.quest.target}, {member.reached_at}")
        if (rewards := len(booked(alice, "quest")) - before) != nth + 1:
            wrong.append(f"{pair}: rewarded {rewards} times in {nth + 1} rounds")
    return wrong + wrong_pay()


def close_against_close_against_late_booking(world: World, rounds: int) -> list[str]:
    """Two workers close a day as a conversation of the next one is booked and the zone is set: the day
    is topped up once, and what came late is neither lost nor taken for the day's."""
    if not Tariff.objects.exists():
        make_tariff(
            desk=world.desk, floor=Decimal(12), waiting=Decimal(3),
            starts_at=clock.now() - timedelta(days=30),
        )  # fmt: skip
    day = clock.now().date() - timedelta(days=2)
    begin = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    hers: dict[uuid.UUID, Agent] = {}
    wrong: list[str] = []

    def arrange(item: prepare.OpenTicket) -> tuple[Any, Agent]:
        agent = world.agent("Alice", online=True)
        for was, now, hour in (("offline", "online", 0), ("online", "offline", 2)):
            PresenceLog.objects.create(
                of=agent.presence, was=was, now=now, at=begin + timedelta(hours=hour), by="test"
            )
        actions.claim(item[0], agent.pk)
        hers[item[0]] = agent
        return item, agent

    for item, outcomes in race(
        prepare.tickets(world, rounds),
        lambda given: closing.close_day(given[1].pk, day),
        lambda given: closing.close_day(given[1].pk, day),
        lambda given: resolve(*given),
        lambda given: earning.set_zone(given[1].pk, "UTC"),
        arrange=arrange,
    ):
        wrong += nothing_broke(item, outcomes)
        if sum(outcome.value is True for outcome in outcomes[:2]) != 1:
            wrong.append(f"{item}: closed by {outcomes[:2]}")
        # Two hours online at 3.00, and up to 12.00 an hour.
        expected = [("conversation", PROMISED), ("floor", 1800), ("waiting", 600)]
        if (found := sorted(booked(hers[item[0]]))) != expected:
            wrong.append(f"{item}: booked {found}")
    if Assignment.objects.filter(ended_at=None).exists():
        wrong.append("a conversation goes on")
    return wrong + wrong_pay()
