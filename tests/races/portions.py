"""A wave that matches ahead of what it writes, while all it rests on changes under it."""

from agents import presence
from dispatch import actions, waves
from dispatch.models import Offer
from tests.factories import World
from tests.races import prepare
from tests.races.harness import attempt, nothing_broke, together
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets.models import Ticket

WAITING = 24


def everything_against_a_wave_in_portions(world: World, rounds: int) -> list[str]:
    """Customers leave, an agent pauses, others accept and decline while two waves run ahead."""
    alice, bob, cleo = (world.agent(name, online=True, capacity=40) for name in ("A", "B", "C"))
    wrong: list[str] = []
    for number in range(rounds):
        presence.set_presence(alice.pk, "online", by="test")
        customers = dict(prepare.tickets(world, WAITING))
        leaving = list(customers)[number % 3 :: 5]

        def leave(
            leaving: list[object] = leaving, customers: dict[object, object] = customers
        ) -> None:
            for ticket in leaving:
                tickets.close(ticket, customers[ticket])

        def answer() -> None:
            for agent, reply in ((bob, actions.accept), (cleo, actions.decline)) * 4:
                offer = Offer.objects.filter(agent=agent, state="pending").first()
                if offer is not None:
                    # Gone meanwhile is an answer too; what broke is raised.
                    broke = attempt(lambda o, a=agent, r=reply: r(o.pk, a.pk), offer).broke
                    if broke is not None:
                        raise broke

        outcomes = together(
            waves.run,
            waves.run,
            leave,
            lambda: presence.set_presence(alice.pk, "paused", by="test"),
            answer,
        )
        wrong += nothing_broke(number, outcomes)
        if Offer.objects.filter(agent=alice, state="pending").exists():
            wrong.append(f"round {number}: a paused agent holds an offer")
        waves.run()
        waiting = set(Ticket.objects.filter(desk=world.desk, state="waiting").values_list("id"))
        offered = set(Offer.objects.filter(state="pending").values_list("ticket_id"))
        if waiting != offered:
            wrong.append(f"round {number}: {len(waiting)} wait, {len(offered)} have an offer")
        wrong += broken_promises()
        for ticket in customers:
            attempt(lambda t, of=customers: tickets.close(t, of[t]), ticket)
    return wrong
