"""Contests, as next door, about conversations whose agent says nothing."""

import uuid
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from tests.factories import World
from tests.races import prepare
from tests.races.contests import ROOMY
from tests.races.harness import nothing_broke, race
from tests.races.promises import broken_promises
from tickets import actions as tickets
from tickets.models import Assignment, Message, Queue, Ticket

OVERDUE = timedelta(seconds=400)


def _talks(world: World, count: int) -> tuple[Any, list[prepare.OpenTicket]]:
    """Somebody new with so many conversations, none of which owes an answer yet."""
    Ticket.objects.filter(state="active").update(owed_since=None)
    agent = world.agent(online=True, capacity=ROOMY)
    for other in world.agents[:-1]:
        # Offers go to who is new here, also at a second try.
        other.desks.clear()
    talks = prepare.conversations(world, count, agent)
    Ticket.objects.filter(state="active").update(owed_since=None)
    return agent, talks


def _overdue(item: prepare.OpenTicket) -> None:
    Ticket.objects.filter(pk=item[0]).update(owed_since=Now() - OVERDUE)


def answer_against_hand_over(world: World, rounds: int) -> list[str]:
    """The answer comes in the instant of the hand-over: it is said and she stays, or it is refused
    and somebody else gets the conversation."""
    Queue.objects.filter(desk=world.desk).update(nudge_after_s=0, second_nudge_after_s=0)
    alice, talks = _talks(world, rounds)
    wrong: list[str] = []
    for item, outcomes in race(
        talks,
        lambda item: tickets.post_as_agent(
            item[0], alice.pk, client_id=uuid.uuid4(), text="Here I am"
        ),
        lambda _: tickets.hand_over_silent(),
        arrange=_overdue,
        jitter_ms=3,
    ):
        wrong += nothing_broke(item, outcomes)
        answered, handed = outcomes
        kept = Ticket.objects.filter(pk=item[0], agent=alice, owed_since=None).exists()
        said = Message.objects.filter(ticket_id=item[0], sender="agent").exists()
        if answered.won != kept or answered.won != said:
            wrong.append(f"{item}: answered {answered.won}, said {said}, hers {kept}")
        if answered.won == bool(handed.value):
            wrong.append(f"{item}: answered {answered.won}, handed over {handed.value}")
    return wrong + broken_promises()


def ticks_that_nudge(world: World, rounds: int) -> list[str]:
    """Four ticks look after the same silent agent at once: she hears it once."""
    _alice, talks = _talks(world, rounds)
    wrong: list[str] = []
    for item, outcomes in race(
        talks, *[lambda _: tickets.nudge_silent()] * 4, arrange=_overdue, jitter_ms=3
    ):
        wrong += nothing_broke(item, outcomes)
        nudged = sum(outcome.value or 0 for outcome in outcomes)
        kept = Assignment.objects.filter(ticket_id=item[0]).values_list("nudges", flat=True)
        if nudged != 1 or list(kept) != [2]:
            wrong.append(f"{item}: nudged {nudged} times, {list(kept)} written down")
    return wrong + broken_promises()


def ticks_that_hand_over(world: World, rounds: int) -> list[str]:
    """Four ticks take the same conversation from a silent agent at once: it leaves her once."""
    Queue.objects.filter(desk=world.desk).update(nudge_after_s=0, second_nudge_after_s=0)
    _alice, talks = _talks(world, rounds)
    wrong: list[str] = []
    for item, outcomes in race(
        talks, *[lambda _: tickets.hand_over_silent()] * 4, arrange=_overdue, jitter_ms=3
    ):
        wrong += nothing_broke(item, outcomes)
        moved = [ticket for outcome in outcomes for ticket in outcome.value or []]
        if moved != [item[0]]:
            wrong.append(f"{item}: handed over {moved}")
    return wrong + broken_promises()
