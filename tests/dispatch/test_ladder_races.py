"""Each step opens once per ticket, whoever ticks, and however many at once."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from core.states import Stale
from dispatch import climbing
from dispatch.climbing import opening
from dispatch.models import Alert, CallIn, Climb
from tests import databases
from tests.factories import World, make_desk
from tests.ladders import add_step, step_of, waits
from tests.races.harness import together
from tickets.models import Queue, Ticket

TICKETS = 30


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A desk in a database of its own, with a ladder of three steps and people off duty."""
    with django_db_blocker.unblock(), databases.own_database():
        made = World(make_desk())
        queue = Queue.objects.get(desk=made.desk)
        add_step(queue, 30, alert=True, skip_if_nobody=False)
        add_step(queue, 60, call_in=True, skip_if_nobody=False)
        add_step(queue, 90, is_last=True)
        yield made


def climb_races(world: World) -> list[str]:
    """What went wrong when eight ticks and a supervisor climbed at once: nothing, ever."""
    agents = [world.agent() for _ in range(8)]
    kims = [world.ticket() for _ in range(TICKETS)]
    waits(61, *kims)
    tall = kims[0]

    def by_hand() -> None:
        try:
            climbing.open_next(tall.pk, by="staff:1:sam@example.com")
        except Stale:
            return

    outcomes = together(*[climbing.run] * 8, by_hand)
    wrong = [repr(outcome.broke) for outcome in outcomes if outcome.broke]
    climbing.run()
    steps = Counter(Climb.objects.values_list("ticket_id", "step"))
    wrong += [f"{key} opened {times} times" for key, times in steps.items() if times > 1]
    alerts = Counter(Alert.objects.filter(kind="ladder").values_list("ticket_id", flat=True))
    wrong += [f"{key}: {times} alerts" for key, times in alerts.items() if times != 1]
    if len(alerts) != TICKETS:
        wrong.append(f"{len(alerts)} of {TICKETS} alerted")
    called = Counter(CallIn.objects.values_list("agent_id", flat=True))
    wrong += [f"agent {key} was called {times} times" for key, times in called.items() if times > 1]
    if len(called) != len(agents):
        wrong.append(f"{len(called)} of {len(agents)} called in")
    wrong += [f"{kim} stands at {step_of(kim)}" for kim in kims if step_of(kim) < 2]
    if step_of(tall) != Climb.objects.filter(ticket=tall).count():
        wrong.append("the log and the ticket differ")
    return wrong


def test_each_step_opens_once_under_concurrent_ticks(world: World) -> None:
    assert climb_races(world) == []


def test_a_tick_that_forgets_where_the_ticket_stood_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the test above sees anything: without the comparisons alerts come twice."""
    real = opening.sql.cursor

    class Careless:
        """A cursor whose climb no longer compares."""

        def __enter__(self) -> Any:
            self.inner = real().__enter__()
            execute = self.inner.execute

            def careless(statement: str, *given: Any) -> Any:
                forgetful = statement.replace("AND t.step = w.was", "").replace(
                    "SELECT step FROM log WHERE ticket_id = held.id",
                    "SELECT generate_series(held.was + 1, held.step)",
                )
                return execute(forgetful, *given)

            self.inner.execute = careless
            return self.inner

        def __exit__(self, *_: Any) -> None:
            self.inner.close()

    class Module:
        cursor = Careless

    monkeypatch.setattr(opening, "sql", Module)
    monkeypatch.setattr(climbing, "_lock", lambda: None)
    # A race shows itself by chance: it gets some tries.
    assert any(" alerts" in sentence for _ in range(10) for sentence in climb_races(world))


def test_a_ticket_that_is_taken_at_the_same_moment_climbs_or_is_taken(world: World) -> None:
    """Nobody waits for anybody: a ticket under somebody's lock is passed over until the next tick."""
    from dispatch import actions, waves
    from dispatch.models import Offer

    bob = world.agent("Bob", online=True, capacity=20)
    for _ in range(10):
        world.ticket()
    waves.run()
    offers = list(Offer.objects.filter(state="pending"))
    waits(61, *Ticket.objects.all())
    outcomes = together(
        *[lambda offer=offer: actions.accept(offer.pk, bob.pk) for offer in offers], climbing.run
    )
    assert [outcome.broke for outcome in outcomes if outcome.broke] == []
    for ticket in Ticket.objects.all():
        climbs = Climb.objects.filter(ticket=ticket).count()
        assert ticket.step == climbs
        assert ticket.state in ("active", "waiting")
