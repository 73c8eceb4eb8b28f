"""Contests, as next door, about what an agent carries: idle conversations, wrap-ups, caps."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection

from agents import presence
from agents.models import Presence
from dispatch import actions, waves
from dispatch.models import Offer
from tests.factories import World
from tests.races import prepare
from tests.races.contests import ROOMY
from tests.races.harness import exactly_one_winner, losers_know, nothing_broke, race, together
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets.models import Assignment, Queue, Ticket

Talk = prepare.OpenTicket


def _alice(world: World, **wishes: Any) -> Any:
    return world.agent("Alice", online=True, **{"capacity": ROOMY, **wishes})


def _quiet(ticket: Any, agent: Any) -> None:
    """The agent has spoken last, long ago."""
    tickets.post_as_agent(ticket, agent, client_id=uuid.uuid4(), text="And now?")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET last_message_at = now() - interval '1 day' WHERE id = %s",
            [ticket],
        )


def _idle(ticket: Any, agent: Any) -> None:
    """And the tick has seen it."""
    _quiet(ticket, agent)
    assert tickets.rest_idle() == 1


def _says(talk: Talk) -> Any:
    return tickets.post_as_customer(*talk, client_id=uuid.uuid4(), text="Here I am")


def wake_against_wave(world: World, rounds: int) -> list[str]:
    """A customer comes back as a wave offers her agent's last slot: she has it, the offer goes."""
    alice = _alice(world, capacity=1)
    [talk] = prepare.conversations(world, 1, alice)
    prepare.tickets(world, 1)
    wrong: list[str] = []

    def arrange(_: int) -> None:
        actions.rescind(agent_ids=[alice.pk], reason="next round")
        _idle(talk[0], alice.pk)

    for number, outcomes in race(
        range(rounds), lambda _: waves.run(), lambda _: _says(talk), arrange=arrange, jitter_ms=5
    ):
        wrong += nothing_broke(number, outcomes)
        row = Presence.objects.get(pk=alice.pk)
        offers = Offer.objects.filter(agent=alice, state="pending").count()
        if (row.load, row.excess, offers) != (1, 0, 0):
            wrong.append(f"round {number}: load {row.load}, excess {row.excess}, {offers} offers")
    return wrong + broken_promises()


def wake_against_accept(world: World, rounds: int) -> list[str]:
    """A customer comes back as her agent accepts another: served both, or the offer is gone."""
    alice = _alice(world, capacity=1)
    [talk] = prepare.conversations(world, 1, alice)
    wrong: list[str] = []

    def arrange(item: Talk) -> Offer:
        _idle(talk[0], alice.pk)
        tickets.ask_human(*item)
        waves.run()
        return Offer.objects.get(ticket_id=item[0], state="pending")

    for item, outcomes in race(
        prepare.tickets(world, rounds, state="assistant"),
        lambda offer: actions.accept(offer.pk, alice.pk),
        lambda _: _says(talk),
        arrange=arrange,
        jitter_ms=4,
    ):
        wrong += nothing_broke(item, outcomes) + losers_know(item, outcomes, "rescinded")
        row = Presence.objects.get(pk=alice.pk)
        if (row.load, row.excess) != ((2, 1) if outcomes[0].won else (1, 0)):
            wrong.append(f"{item}: load {row.load}, excess {row.excess} after {outcomes[0]}")
        tickets.close(*item)
    return wrong + broken_promises()


def wake_against_resolve(world: World, rounds: int) -> list[str]:
    """A customer comes back as her agent resolves: it has ended, and whether she was heard is true."""
    alice = _alice(world)
    wrong: list[str] = []
    for talk, outcomes in race(
        prepare.conversations(world, rounds, alice),
        _says,
        lambda talk: tickets.resolve(talk[0], alice.pk, disposition="solved"),
        arrange=lambda talk: _idle(talk[0], alice.pk),
        jitter_ms=3,
    ):
        wrong += nothing_broke(talk, outcomes) + losers_know(talk, outcomes, "resolved")
        if not outcomes[1].won:
            wrong.append(f"{talk} could not be resolved: {outcomes[1]}")
    if Presence.objects.get(pk=alice.pk).load != len(Ticket.objects.filter(state="active")):
        wrong.append("what has ended still holds slots")
    return wrong + broken_promises()


def two_wakes(world: World, rounds: int) -> list[str]:
    """Both sides write into an idle conversation at once: both are heard, the slot is taken once."""
    alice = _alice(world)
    [talk] = prepare.conversations(world, 1, alice)
    wrong: list[str] = []
    for number, outcomes in race(
        range(rounds),
        lambda _: _says(talk),
        lambda _: tickets.post_as_agent(
            talk[0], alice.pk, client_id=uuid.uuid4(), text="Are you there?"
        ),
        arrange=lambda _: _idle(talk[0], alice.pk),
    ):
        wrong += nothing_broke(number, outcomes)
        if (load := Presence.objects.get(pk=alice.pk).load) != 1:
            wrong.append(f"round {number}: one conversation takes {load} slots")
            return wrong
    return wrong + broken_promises()


def rest_against_message(world: World, rounds: int) -> list[str]:
    """A customer writes as the tick lays her conversation to rest: she is answered, it is awake."""
    alice = _alice(world)
    [talk] = prepare.conversations(world, 1, alice)
    wrong: list[str] = []
    for number, outcomes in race(
        range(rounds),
        lambda _: tickets.rest_idle(),
        lambda _: _says(talk),
        arrange=lambda _: _quiet(talk[0], alice.pk),
        jitter_ms=2,
    ):
        wrong += nothing_broke(number, outcomes)
        row = Ticket.objects.get(pk=talk[0])
        if row.idle_since or Presence.objects.get(pk=alice.pk).load != 1:
            wrong.append(f"round {number}: idle since {row.idle_since}, and an answer is owed")
            return wrong
    return wrong + broken_promises()


def extension_against_the_end(world: World, rounds: int) -> list[str]:
    """More time is asked for in the last moment: she has it, or is told that it is over."""
    return _wrap_ups(world, rounds, tickets.end_wrap_ups)


def extension_against_done(world: World, rounds: int) -> list[str]:
    """More time in one tab, done in the other: done counts, and the slot is freed once."""
    return _wrap_ups(world, rounds, None)


def done_against_done(world: World, rounds: int) -> list[str]:
    """Done is pressed in two tabs: the slot is freed once, and both are told the same."""
    Queue.objects.filter(desk=world.desk).update(wrap_up_s=600)
    alice = _alice(world)
    wrong: list[str] = []
    for talk, outcomes in race(
        prepare.conversations(world, rounds, alice),
        *[lambda talk: tickets.wrapped(talk[0], alice.pk)] * 2,
        arrange=lambda talk: tickets.resolve(talk[0], alice.pk, disposition="solved") and None,
    ):
        wrong += nothing_broke(talk, outcomes)
        if not all(o.won for o in outcomes) or outcomes[0].value != outcomes[1].value:
            wrong.append(f"{talk} was answered with {outcomes}")
    if load := Presence.objects.get(pk=alice.pk).load:
        wrong.append(f"all is wrapped up, and {load} slots are taken")
    return wrong + broken_promises()


def _wrap_ups(world: World, rounds: int, end: Callable[[], int] | None) -> list[str]:
    Queue.objects.filter(desk=world.desk).update(wrap_up_s=600)
    alice = _alice(world)
    wrong: list[str] = []

    def arrange(talk: Talk) -> None:
        tickets.resolve(talk[0], alice.pk, disposition="solved")
        if end:
            with connection.cursor() as cursor:
                cursor.execute(
                    """UPDATE tickets_assignment
                       SET wrap_until = clock_timestamp() + interval '3 ms' WHERE ticket_id = %s""",
                    [talk[0]],
                )

    for talk, outcomes in race(
        prepare.conversations(world, rounds, alice),
        lambda talk: tickets.extend_wrap_up(talk[0], alice.pk),
        lambda talk: end() if end else tickets.wrapped(talk[0], alice.pk),
        arrange=arrange,
        jitter_ms=6 if end else 2,
    ):
        wrong += nothing_broke(talk, outcomes) + losers_know(talk, outcomes[:1], "resolved")
        if end:
            # Refused a moment before the sweep looked: the next one ends it.
            end()
        held = Assignment.objects.get(ticket_id=talk[0]).held
        if held != int(outcomes[0].won and end is not None):
            wrong.append(f"{talk} holds {held} slots after {outcomes}")
        tickets.wrapped(talk[0], alice.pk)
    return wrong + broken_promises()


def claims_for_the_last_place(world: World, rounds: int) -> list[str]:
    """One agent claims two tickets of a queue of which she may have one: one of them is hers."""
    Queue.objects.filter(desk=world.desk).update(agent_cap=1)
    alice = _alice(world)
    waiting = prepare.tickets(world, 2 * rounds)
    wrong: list[str] = []
    for pair, outcomes in race(
        list(zip(waiting[::2], waiting[1::2], strict=True)),
        lambda pair: actions.claim(pair[0][0], alice.pk),
        lambda pair: actions.claim(pair[1][0], alice.pk),
    ):
        wrong += exactly_one_winner(pair, outcomes)
        for outcome in outcomes:
            if outcome.won:
                tickets.resolve(outcome.value.pk, alice.pk, disposition="solved")
    return wrong + broken_promises()


def claim_against_wave_under_a_cap(world: World, rounds: int) -> list[str]:
    """An agent claims one of a queue as a wave offers her another: no more than the cap is hers."""
    Queue.objects.filter(desk=world.desk).update(agent_cap=1)
    alice = _alice(world)
    [offered] = prepare.tickets(world, 1)
    wrong: list[str] = []

    def arrange(talk: Talk) -> None:
        actions.rescind(agent_ids=[alice.pk], reason="next round")
        tickets.ask_human(*talk)

    for talk, outcomes in race(
        prepare.tickets(world, rounds, state="assistant"),
        lambda _: waves.run(),
        lambda talk: actions.claim(talk[0], alice.pk),
        arrange=arrange,
        jitter_ms=5,
    ):
        wrong += nothing_broke(talk, outcomes)
        wrong += [f"{talk}: {sentence}" for sentence in broken_promises() if "cap" in sentence]
        if Ticket.objects.filter(pk=talk[0], state="active").exists():
            tickets.resolve(talk[0], alice.pk, disposition="solved")
        tickets.close(*talk)
    tickets.close(*offered)
    return wrong + broken_promises()


def the_last_two_of_who_finishes(world: World, rounds: int) -> list[str]:
    """The last two conversations of a finishing agent end at once, both idle: she is done."""
    alice = _alice(world)
    wrong: list[str] = []
    for number in range(rounds):
        presence.set_presence(alice.pk, "online", by="test")
        pair = prepare.conversations(world, 2, alice)
        for talk in pair:
            _idle(talk[0], alice.pk)
        presence.set_presence(alice.pk, "finishing", by="test")
        outcomes = together(*(lambda talk=talk: tickets.close(*talk) for talk in pair))
        wrong += nothing_broke(number, outcomes)
        if (state := Presence.objects.get(pk=alice.pk).state) != "offline":
            wrong.append(f"round {number}: she has nothing left, and is {state}")
            return wrong
    return wrong + broken_promises()
