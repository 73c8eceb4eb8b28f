"""Each contest runs many rounds and returns sentences about what went wrong: none, ever.

They are functions and not tests, so that the tests of the tests can run them against planted bugs.
"""

import threading
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from agents import presence
from agents.models import Presence
from dispatch import actions, waves
from dispatch.models import Offer
from tests.factories import World
from tests.races import prepare
from tests.races.harness import (
    Outcome,
    exactly_one_winner,
    losers_know,
    nothing_broke,
    race,
    together,
)
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets import queries, sessions
from tickets.models import Customer, Message, Ticket

ROOMY = 5000


def set_deadline(offer_id: Any, in_ms: float) -> None:
    """Move an offer's deadline to this many milliseconds from now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dispatch_offer SET expires_at = clock_timestamp() + make_interval(secs => %s)
               WHERE id = %s""",
            [in_ms / 1000, offer_id],
        )


# -- offers ----------------------------------------------------------------------------------------


def accept_against_accept(world: World, rounds: int) -> list[str]:
    """The same offer accepted twice at once: a double tap, or two tabs."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    wrong: list[str] = []

    def accept(offer: Offer) -> Any:
        return actions.accept(offer.pk, alice.pk)

    for offer, outcomes in race(prepare.offers(world, rounds, alice), accept, accept):
        wrong += exactly_one_winner(offer, outcomes) + losers_know(offer, outcomes, "accepted")
    return wrong + broken_promises()


def accept_against_decline(world: World, rounds: int) -> list[str]:
    """Both buttons at once: one counts, and the other is told which."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    wrong: list[str] = []
    for offer, outcomes in race(
        prepare.offers(world, rounds, alice),
        lambda offer: actions.accept(offer.pk, alice.pk),
        lambda offer: actions.decline(offer.pk, alice.pk),
        jitter_ms=3,
    ):
        wrong += exactly_one_winner(offer, outcomes)
        wrong += losers_know(offer, outcomes, "accepted", "declined")
    return wrong + broken_promises()


def accept_against_expiry(world: World, rounds: int) -> list[str]:
    """The last moment: accepted in time, or expired; never both, never late."""
    return _against_expiry(world, rounds, actions.accept)


def decline_against_expiry(world: World, rounds: int) -> list[str]:
    """As above, for the other button."""
    return _against_expiry(world, rounds, actions.decline)


def _against_expiry(world: World, rounds: int, decide: Any) -> list[str]:
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    wrong: list[str] = []

    def arrange(offer: Offer) -> Offer:
        # Who misses two in a row is away, and then nothing is left to race for.
        Presence.objects.filter(pk=alice.pk).update(missed=0)
        set_deadline(offer.pk, 3)
        offer.refresh_from_db(fields=["expires_at"])
        return offer

    for offer, (decided, expired) in race(
        prepare.offers(world, rounds, alice),
        lambda offer: decide(offer.pk, alice.pk),
        # The sweep may be anywhere in its second: in some rounds it comes only afterwards.
        lambda offer: 0 if offer.pk.int % 3 == 0 else actions.expire_due(),
        arrange=arrange,
        jitter_ms=6,
    ):
        wrong += nothing_broke(offer, [decided, expired])
        wrong += losers_know(offer, [decided], "expired")
        if decided.won and expired.value:
            wrong.append(f"{offer} was decided by both")
        if decided.won and decided.invoked_at > offer.expires_at.timestamp() + 0.001:
            wrong.append(f"{offer} was decided after its deadline")
        if not decided.won and not expired.value:
            # Refused a moment before the sweep looked: the next sweep ends it.
            actions.expire_due()
    if Offer.objects.filter(agent=alice, state="pending").exists():
        wrong.append("an offer outlived its deadline")
    return wrong + broken_promises()


def accept_against_claim(world: World, rounds: int) -> list[str]:
    """The offer's agent accepts while another takes the ticket from the board."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    offers = prepare.offers(world, rounds, alice)
    bob = world.agent("Bob", online=True, capacity=ROOMY)
    wrong: list[str] = []
    for offer, outcomes in race(
        offers,
        lambda offer: actions.accept(offer.pk, alice.pk),
        lambda offer: actions.claim(offer.ticket_id, bob.pk),
        jitter_ms=3,
    ):
        wrong += exactly_one_winner(offer, outcomes)
        wrong += losers_know(offer, outcomes[:1], "rescinded")
        wrong += losers_know(offer, outcomes[1:], "active")
    return wrong + broken_promises()


def accept_against_closing(world: World, rounds: int) -> list[str]:
    """The customer leaves as the agent takes her: the ticket ends, and nobody keeps it."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    offers = prepare.offers(world, rounds, alice)
    customers = dict(Ticket.objects.filter(desk=world.desk).values_list("id", "customer_id"))
    wrong: list[str] = []
    for offer, outcomes in race(
        offers,
        lambda offer: actions.accept(offer.pk, alice.pk),
        lambda offer: tickets.close(offer.ticket_id, customers[offer.ticket_id]),
    ):
        wrong += nothing_broke(offer, outcomes)
        wrong += losers_know(offer, outcomes, "rescinded")
        if not outcomes[1].won:
            wrong.append(f"{offer}: the customer could not leave: {outcomes[1]}")
    if Ticket.objects.filter(desk=world.desk, state__in=["waiting", "active"]).exists():
        wrong.append("a closed ticket goes on")
    return wrong + broken_promises()


# -- claims ----------------------------------------------------------------------------------------


def claim_against_claim(world: World, rounds: int) -> list[str]:
    """Two agents take the same ticket from the board."""
    pair = [world.agent(name, online=True, capacity=ROOMY) for name in ("Alice", "Bob")]
    wrong: list[str] = []
    for item, outcomes in race(
        prepare.tickets(world, rounds),
        lambda item: actions.claim(item[0], pair[0].pk),
        lambda item: actions.claim(item[0], pair[1].pk),
    ):
        wrong += exactly_one_winner(item, outcomes) + losers_know(item, outcomes, "active")
    return wrong + broken_promises()


def claims_for_the_last_slot(world: World, rounds: int) -> list[str]:
    """One agent with one free slot claims two tickets at once: one is hers."""
    alice = world.agent("Alice", online=True, capacity=1)
    waiting = prepare.tickets(world, 2 * rounds)
    wrong: list[str] = []
    for item, outcomes in race(
        list(zip(waiting[::2], waiting[1::2], strict=True)),
        lambda item: actions.claim(item[0][0], alice.pk),
        lambda item: actions.claim(item[1][0], alice.pk),
    ):
        wrong += exactly_one_winner(item, outcomes) + losers_know(item, outcomes, "")
        for outcome in outcomes:
            if outcome.won:
                tickets.resolve(outcome.value.pk, alice.pk, disposition="solved")
    return wrong + broken_promises()


# -- waves -----------------------------------------------------------------------------------------


def wave_against_wave(world: World, rounds: int) -> list[str]:
    """Two waves at once, more tickets than slots: nobody gets more than she can carry."""
    return _waves(world, rounds, capacities=(1, 2, 1), waiting=6)


def wave_against_wave_with_room(world: World, rounds: int) -> list[str]:
    """Two waves at once, more slots than tickets: none is offered twice."""
    return _waves(world, rounds, capacities=(5, 5, 5), waiting=4)


def _waves(world: World, rounds: int, *, capacities: Sequence[int], waiting: int) -> list[str]:
    for name, capacity in zip(("Alice", "Bob", "Charlie"), capacities, strict=True):
        world.agent(name, online=True, capacity=capacity)
    ids = [ticket for ticket, _customer in prepare.tickets(world, waiting)]
    expected = min(waiting, sum(capacities))
    wrong: list[str] = []

    def arrange(_: int) -> None:
        actions.rescind(ticket_ids=ids, reason="next round")

    for number, outcomes in race(
        range(rounds), lambda _: waves.run(), lambda _: waves.run(), arrange=arrange,
        jitter_ms=0.5,
    ):  # fmt: skip
        wrong += nothing_broke(number, outcomes)
        pending = Offer.objects.filter(ticket_id__in=ids, state="pending").count()
        if pending != expected:
            wrong.append(f"round {number}: {pending} offers, and not {expected}")
    return wrong + broken_promises()


def wave_against_claim(world: World, rounds: int) -> list[str]:
    """A ticket is claimed while a wave offers it: the claim counts, and no offer outlives it."""
    alice = world.agent("Alice", online=True, capacity=1)
    bob = world.agent("Bob", online=True, capacity=1)
    wrong: list[str] = []

    def arrange(item: prepare.OpenTicket) -> None:
        tickets.ask_human(*item)

    for item, outcomes in race(
        prepare.tickets(world, rounds, state="assistant"),
        lambda _: waves.run(),
        lambda item: actions.claim(item[0], bob.pk),
        arrange=arrange,
        jitter_ms=3,
    ):
        wrong += nothing_broke(item, outcomes)
        if not outcomes[1].won:
            wrong.append(f"{item}: the claim was refused: {outcomes[1]}")
        else:
            tickets.resolve(item[0], bob.pk, disposition="solved")
        if Offer.objects.filter(state="pending").exists():
            wrong.append(f"{item}: an offer outlived the claim")
    presence.set_presence(alice.pk, "offline", by="test")
    return wrong + broken_promises()


def wave_against_pause(world: World, rounds: int) -> list[str]:
    """An agent pauses while a wave offers her a ticket: she is left with none, the ticket waits."""
    alice = world.agent("Alice", online=True)
    [(ticket, _customer)] = prepare.tickets(world, 1)
    wrong: list[str] = []

    def arrange(_: int) -> None:
        actions.rescind(ticket_ids=[ticket], reason="next round")
        presence.set_presence(alice.pk, "online", by="test")

    for number, outcomes in race(
        range(rounds),
        lambda _: waves.run(),
        lambda _: presence.set_presence(alice.pk, "paused", by="test"),
        arrange=arrange,
        jitter_ms=3,
    ):
        wrong += nothing_broke(number, outcomes)
        if Offer.objects.filter(agent=alice, state="pending").exists():
            wrong.append(f"round {number}: a paused agent holds an offer")
    return wrong + broken_promises()


def accept_against_leaving(world: World, rounds: int) -> list[str]:
    """An agent accepts in one tab and goes offline in the other: no customer stays with nobody."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    customers = dict(prepare.tickets(world, rounds))
    wrong: list[str] = []
    for ticket, customer in customers.items():
        presence.set_presence(alice.pk, "online", by="test")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM dispatch_cooldown")
        waves.run()
        offer = Offer.objects.get(ticket_id=ticket, state="pending")
        outcomes = together(
            lambda offer=offer: actions.accept(offer.pk, alice.pk),
            lambda: presence.set_presence(alice.pk, "offline", by="test"),
        )
        wrong += nothing_broke(offer, outcomes)
        state = Ticket.objects.get(pk=ticket).state
        if state != "waiting":
            wrong.append(f"{ticket} is {state}, and its agent has gone")
        tickets.close(ticket, customer)
        actions.rescind(agent_ids=[alice.pk], reason="next round")
    return wrong + broken_promises()


# -- endings ---------------------------------------------------------------------------------------


def resolve_against_closing(world: World, rounds: int) -> list[str]:
    """Both sides end it at once: it ends once."""
    return _ending(world, rounds, "resolve")


def release_against_closing(world: World, rounds: int) -> list[str]:
    """The agent gives it back as the customer leaves: it has ended, and waits for nobody."""
    return _ending(world, rounds, "release")


def _ending(world: World, rounds: int, verb: str) -> list[str]:
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    wrong: list[str] = []

    def end(item: prepare.OpenTicket) -> Any:
        if verb == "resolve":
            return tickets.resolve(item[0], alice.pk, disposition="solved")
        return tickets.release(item[0], alice.pk)

    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        end,
        lambda item: tickets.close(*item),
    ):
        wrong += nothing_broke(item, outcomes) + losers_know(item, outcomes, "resolved")
        if not outcomes[1].won:
            wrong.append(f"{item}: the customer could not leave: {outcomes[1]}")
    if Ticket.objects.filter(desk=world.desk, state__in=["waiting", "active"]).exists():
        wrong.append("an ended ticket goes on")
    return wrong + broken_promises()


def sending_back_against_resolve(world: World, rounds: int) -> list[str]:
    """A supervisor takes a conversation back while its agent resolves it: one of the two."""
    alice = world.agent("Alice", online=True, capacity=ROOMY)
    wrong: list[str] = []
    for item, outcomes in race(
        prepare.conversations(world, rounds, alice),
        lambda item: tickets.send_back(item[0], by="supervisor"),
        lambda item: tickets.resolve(item[0], alice.pk, disposition="solved"),
    ):
        wrong += exactly_one_winner(item, outcomes)
        wrong += losers_know(item, outcomes, "waiting", "resolved")
    return wrong + broken_promises()


# -- messages --------------------------------------------------------------------------------------


def eight_writers_and_a_reader(world: World, each: int) -> list[str]:
    """Eight writers on one ticket; a reader resumes by the last seq she saw, and misses none."""
    ticket, customer = prepare.tickets(world, 1)[0]
    row = Ticket.objects.get(pk=ticket)
    ended = threading.Event()
    seen: list[tuple[int, str]] = [(1, "Hello")]

    def read() -> None:
        last_look = False
        while True:
            page = queries.messages_after(row, seen[-1][0])["messages"]
            seen.extend((message["seq"], message["text"]) for message in page)
            if last_look and not page:
                return
            last_look = ended.is_set()

    def write(writer: int) -> None:
        for number in range(each):
            tickets.post_as_customer(
                ticket, customer, client_id=uuid.uuid4(), text=f"{writer}:{number}"
            )

    def all_write() -> list[Outcome]:
        try:
            return together(*(lambda n=n: write(n) for n in range(8)))
        finally:
            ended.set()

    outcomes = together(read, all_write)
    wrong = nothing_broke(ticket, [*outcomes, *(outcomes[1].value or [])])
    wrong += messages_wrong(seen, [(1, "Hello"), *_written(each)])
    return wrong + broken_promises()


def _written(each: int) -> list[tuple[int, str]]:
    return [(0, f"{writer}:{number}") for writer in range(8) for number in range(each)]


def messages_wrong(seen: list[tuple[int, str]], written: list[tuple[int, str]]) -> list[str]:
    """What a reader saw against what was acknowledged to the writers."""
    wrong = []
    if [seq for seq, _text in seen] != list(range(1, len(seen) + 1)):
        wrong.append("the reader saw gaps, repeats or another order")
    missed = {text for _seq, text in written} - {text for _seq, text in seen}
    if missed or len(seen) != len(written):
        wrong.append(f"{len(written)} were written, {len(seen)} seen, {len(missed)} missed")
    for writer in range(8):
        own = [text for _seq, text in seen if text.startswith(f"{writer}:")]
        if own != sorted(own, key=lambda text: int(text.split(":")[1])):
            wrong.append(f"the reader saw writer {writer} out of order")
    return wrong


def one_client_id_from_eight_threads(world: World, rounds: int) -> list[str]:
    """A phone that retries wildly: one message, and every try is answered with it."""
    ticket, customer = prepare.tickets(world, 1)[0]
    wrong: list[str] = []
    ids = [uuid.uuid4() for _ in range(rounds)]

    def post(client_id: uuid.UUID) -> Any:
        return tickets.post_as_customer(ticket, customer, client_id=client_id, text="Hello?")

    for client_id, outcomes in race(ids, *[post] * 8):
        wrong += nothing_broke(client_id, outcomes)
        answers = [outcome.value for outcome in outcomes if outcome.won]
        if len(answers) != 8 or len({message["id"] for message, _new in answers}) != 1:
            wrong.append(f"{client_id} was answered with {answers}")
        elif sum(new for _message, new in answers) != 1:
            wrong.append(f"{client_id} was new {sum(new for _, new in answers)} times")
    if Message.objects.filter(ticket_id=ticket).count() != rounds + 1:
        wrong.append("a message is there twice or not at all")
    return wrong + broken_promises()


def one_session_twice(world: World, rounds: int) -> list[str]:
    """The chat's first request sent twice at once: one customer, one ticket, the same answer."""
    desk, queue = sessions.find_desk(world.desk.key)
    wrong: list[str] = []

    def start(ids: tuple[uuid.UUID, uuid.UUID]) -> Any:
        return tickets.start_session(
            desk,
            queue,
            client_id=ids[0],
            current=None,
            identity="",
            about={"name": "Kim"},
            first={"client_id": ids[1], "text": "Hello", "human": True},
        )

    for ids, outcomes in race([(uuid.uuid4(), uuid.uuid4()) for _ in range(rounds)], start, start):
        wrong += nothing_broke(ids, outcomes)
        answers = {(o.value[0].pk, o.value[1].pk) for o in outcomes if o.won}
        if len(answers) != 1 or not all(o.won for o in outcomes):
            wrong.append(f"{ids} was answered with {outcomes}")
    if Customer.objects.filter(desk=desk).count() != rounds:
        wrong.append("a customer is there twice")
    if Ticket.objects.filter(desk=desk).count() != rounds:
        wrong.append("a ticket is there twice")
    return wrong + broken_promises()
