"""Agents who are gone hold nothing: found by the state machine next door and by the fault runs."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F

from agents import presence
from agents.models import Agent, Presence
from agents.states import PRESENCE
from core.states import move
from dispatch import actions, tasks
from tests.factories import World, make_offer
from tickets.models import Ticket


def lose(agent: Agent) -> None:
    """Her heartbeat stopped longer ago than presence lives, and a sweep has seen it."""
    Presence.objects.filter(pk=agent.pk).update(
        last_seen_at=F("last_seen_at") - timedelta(seconds=settings.PRESENCE_TTL_S + 1)
    )
    presence.sweep()


def conversation_of(world: World, agent: Agent) -> Ticket:
    """A conversation that she has accepted."""
    return actions.accept(make_offer(world.ticket()).pk, agent.pk)


def test_a_lost_agent_who_then_goes_offline_hands_her_conversations_back(world: World) -> None:
    alice = world.agent("Alice", online=True)
    ticket = conversation_of(world, alice)
    lose(alice)
    tasks.return_conversations()
    assert Ticket.objects.get(pk=ticket.pk).state == "active", "within the grace time she keeps it"
    presence.set_presence(alice.pk, "offline", by="alice")
    tasks.return_conversations()
    assert Ticket.objects.get(pk=ticket.pk).state == "waiting"


def test_a_crash_after_going_offline_leaves_no_conversation_behind(world: World) -> None:
    alice = world.agent("Alice", online=True)
    ticket = conversation_of(world, alice)
    # Her choice is committed, and the process dies before the receivers have heard of it.
    move(Presence, PRESENCE, [alice.pk], "offline", by="alice", values={"was": ""})
    tasks.return_conversations()
    assert Ticket.objects.get(pk=ticket.pk).state == "waiting"


def test_who_got_a_ticket_a_moment_ago_keeps_it_when_its_former_agent_leaves(world: World) -> None:
    from tickets.actions import release, return_of_leaving

    alice, bob = world.agent("Alice", online=True), world.agent("Bob")
    ticket = conversation_of(world, alice)
    release(ticket.pk, alice.pk)
    presence.set_presence(bob.pk, "online", by="bob")
    actions.claim(ticket.pk, bob.pk)
    return_of_leaving([alice.pk])
    assert Ticket.objects.get(pk=ticket.pk).agent_id == bob.pk


def test_a_lost_agent_who_was_finishing_comes_back_to_nothing_and_is_done(world: World) -> None:
    alice = world.agent("Alice", online=True)
    ticket = conversation_of(world, alice)
    presence.set_presence(alice.pk, "finishing", by="alice")
    lose(alice)
    from tickets.actions import close

    close(ticket.pk, ticket.customer_id)
    presence.touch([alice.pk])
    assert Presence.objects.get(pk=alice.pk).state == "offline"
