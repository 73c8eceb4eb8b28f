"""Contests, as next door, about offers to several at once and about offers that nobody answers."""

from typing import Any

from django.db.models import F

from agents import presence
from agents.models import Presence
from dispatch import actions, waves
from dispatch.models import Offer
from tests.factories import World
from tests.races import prepare
from tests.races.contests import ROOMY, set_deadline
from tests.races.harness import exactly_one_winner, losers_know, nothing_broke, race, together
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets.models import Ticket


def _team(world: World) -> list[Any]:
    # The same three at a second try: others who are free would be asked in their place.
    for name in ("Alice", "Bob", "Charlie")[len(world.agents) :]:
        world.agent(name, online=True, capacity=ROOMY)
    return world.agents[:3]


def accepts_of_a_broadcast(world: World, rounds: int) -> list[str]:
    """All who were asked accept at once: one of them has it, the others are told that it is taken."""
    alice, bob, charlie = _team(world)
    wrong: list[str] = []
    for offers, outcomes in race(
        prepare.broadcasts(world, rounds, (alice, bob, charlie)),
        lambda offers: actions.accept(offers[0].pk, alice.pk),
        lambda offers: actions.accept(offers[1].pk, bob.pk),
        lambda offers: actions.accept(offers[2].pk, charlie.pk),
        jitter_ms=2,
    ):
        wrong += exactly_one_winner(offers, outcomes) + losers_know(offers, outcomes, "rescinded")
    return wrong + broken_promises()


def broadcast_accept_against_expiry(world: World, rounds: int) -> list[str]:
    """Two accept as the time of all three runs out: one of them has it, or nobody."""
    alice, bob, charlie = _team(world)
    wrong: list[str] = []

    def arrange(offers: list[Offer]) -> None:
        # Who misses two in a row is away, and then nothing is left to race for.
        Presence.objects.update(missed=0)
        for offer in offers:
            set_deadline(offer.pk, 3)

    for offers, outcomes in race(
        prepare.broadcasts(world, rounds, (alice, bob, charlie)),
        lambda offers: actions.accept(offers[0].pk, alice.pk),
        lambda offers: actions.accept(offers[1].pk, bob.pk),
        lambda _: actions.expire_due(),
        arrange=arrange,
        jitter_ms=6,
    ):
        wrong += nothing_broke(offers, outcomes)
        wrong += losers_know(offers, outcomes[:2], "rescinded", "expired")
        if all(outcome.won for outcome in outcomes[:2]):
            wrong.append(f"{offers} has two winners")
        actions.expire_due()
    if Offer.objects.filter(state="pending").exists():
        wrong.append("an offer outlived its deadline")
    return wrong + broken_promises()


def broadcast_accept_against_lost_lines(world: World, rounds: int) -> list[str]:
    """Two accept as the lines of all three are found broken: one of the two has it, or nobody."""
    alice, bob, charlie = _team(world)
    wrong: list[str] = []

    made: list[list[Offer]] = []

    def arrange(_: int) -> list[Offer]:
        made.extend(prepare.broadcasts(world, 1, (alice, bob, charlie)))
        return made[-1]

    for number, outcomes in race(
        range(rounds),
        lambda offers: actions.accept(offers[0].pk, alice.pk),
        lambda offers: actions.accept(offers[2].pk, charlie.pk),
        lambda _: actions.rescind(agent_ids=[alice.pk, bob.pk, charlie.pk], reason="line lost"),
        arrange=arrange,
        jitter_ms=8,
    ):
        wrong += nothing_broke(number, outcomes) + losers_know(number, outcomes, "rescinded")
        if all(outcome.won for outcome in outcomes[:2]):
            wrong.append(f"round {number} has two winners")
        if Offer.objects.filter(state="pending").exists():
            wrong.append(f"round {number}: one rings on")
        # Whoever has it, it is over: the next round asks the same three.
        ticket = Ticket.objects.get(pk=made[-1][0].ticket_id)
        tickets.close(ticket.pk, ticket.customer_id)
    return wrong + broken_promises()


def broadcast_accept_against_closing(world: World, rounds: int) -> list[str]:
    """The customer leaves as two accept: the ticket ends, and nobody keeps it or a slot of it."""
    alice, bob, charlie = _team(world)
    offered = prepare.broadcasts(world, rounds, (alice, bob, charlie))
    customers = dict(Ticket.objects.filter(desk=world.desk).values_list("id", "customer_id"))
    wrong: list[str] = []
    for offers, outcomes in race(
        offered,
        lambda offers: actions.accept(offers[0].pk, alice.pk),
        lambda offers: actions.accept(offers[2].pk, charlie.pk),
        lambda offers: tickets.close(offers[0].ticket_id, customers[offers[0].ticket_id]),
    ):
        wrong += nothing_broke(offers, outcomes) + losers_know(offers, outcomes, "rescinded")
        if not outcomes[2].won:
            wrong.append(f"{offers}: the customer could not leave: {outcomes[2]}")
    if Presence.objects.filter(load__gt=0).exists():
        wrong.append("a slot of a closed ticket is still held")
    return wrong + broken_promises()


def claim_against_broadcast(world: World, rounds: int) -> list[str]:
    """A fourth takes it from the board while two of those asked accept: one of the three has it."""
    alice, bob, charlie = _team(world)
    offered = prepare.broadcasts(world, rounds, (alice, bob, charlie))
    dana = world.agent("Dana", online=True, capacity=ROOMY)
    wrong: list[str] = []
    for offers, outcomes in race(
        offered,
        lambda offers: actions.accept(offers[0].pk, alice.pk),
        lambda offers: actions.accept(offers[2].pk, charlie.pk),
        lambda offers: actions.claim(offers[0].ticket_id, dana.pk),
        jitter_ms=3,
    ):
        wrong += exactly_one_winner(offers, outcomes)
        wrong += losers_know(offers, outcomes[:2], "rescinded")
        wrong += losers_know(offers, outcomes[2:], "active")
    return wrong + broken_promises()


def accept_against_delivery(world: World, rounds: int) -> list[str]:
    """She accepts while her other phone confirms, and accepts by that alone: it is hers once."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    offers = prepare.offers(world, rounds, alice)
    Offer.objects.update(delivered_at=None)
    presence.set_auto_accept(alice.pk, True)
    wrong: list[str] = []
    for offer, outcomes in race(
        offers,
        lambda offer: actions.accept(offer.pk, alice.pk),
        lambda offer: actions.delivered(offer.pk, alice.pk),
        lambda _: actions.fetched(alice.pk) and None,
    ):
        wrong += nothing_broke(offer, outcomes) + losers_know(offer, outcomes, "accepted")
        if Offer.objects.get(pk=offer.pk).state != "accepted":
            wrong.append(f"{offer} is nobody's")
        tickets.resolve(offer.ticket_id, alice.pk, disposition="solved")
    return wrong + broken_promises()


def the_second_miss_against_accept(world: World, rounds: int) -> list[str]:
    """One of two offers runs out and makes her away, while she accepts the other."""
    alice = world.agent("Alice", online=True, capacity=2)
    wrong: list[str] = []
    for number in range(rounds):
        waiting = prepare.tickets(world, 2)
        waves.run()
        late, other = Offer.objects.filter(ticket_id__in=[id for id, _customer in waiting])
        Offer.objects.filter(pk=late.pk).update(delivered_at=F("made_at"))
        set_deadline(late.pk, -1)
        Presence.objects.filter(pk=alice.pk).update(missed=1)
        outcomes = together(
            actions.expire_due, lambda other=other: actions.accept(other.pk, alice.pk)
        )
        wrong += nothing_broke(number, outcomes) + losers_know(number, outcomes, "rescinded")
        if Offer.objects.filter(state="pending").exists():
            wrong.append(f"round {number}: an offer of who is away lives on")
        for ticket, customer in waiting:
            tickets.close(ticket, customer)
        presence.set_presence(alice.pk, "online", by="test")
    return wrong + broken_promises()
