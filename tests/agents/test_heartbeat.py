"""Lines, heartbeats and the sweep: presence does not lie, and an old line cannot end a new one."""

from datetime import timedelta

import pytest
from django.db import connection

from agents import presence
from agents.models import Presence
from core import clock
from dispatch import tasks, waves
from tests.office import AgentCaller, Heard, Office


def silent(alice: AgentCaller, seconds: float) -> None:
    """Her last sign of life was this long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agents_presence SET last_seen_at = clock_timestamp() - make_interval(secs => %s) "
            "WHERE agent_id = %s",
            [seconds, alice.agent.pk],
        )


def broken(alice: AgentCaller, seconds: float) -> None:
    """Her line closed this long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agents_presence SET disconnected_at = clock_timestamp() - make_interval(secs => %s) "
            "WHERE agent_id = %s",
            [seconds, alice.agent.pk],
        )


def state_of(alice: AgentCaller) -> Presence:
    """Her row."""
    return Presence.objects.get(pk=alice.agent.pk)


def test_the_end_of_an_old_line_does_not_end_the_new_one(office: Office) -> None:
    alice = office.works("Alice")
    old = presence.connect(alice.agent.pk)
    new = presence.connect(alice.agent.pk)
    presence.disconnect(alice.agent.pk, old)
    assert state_of(alice).disconnected_at is None
    presence.disconnect(alice.agent.pk, new)
    assert state_of(alice).disconnected_at is not None


def test_a_new_line_or_a_heartbeat_heals_a_broken_one(office: Office) -> None:
    alice = office.works("Alice")
    presence.disconnect(alice.agent.pk, presence.connect(alice.agent.pk))
    presence.connect(alice.agent.pk)
    assert state_of(alice).disconnected_at is None
    presence.disconnect(alice.agent.pk, state_of(alice).epoch)
    presence.touch([alice.agent.pk])
    assert state_of(alice).disconnected_at is None


def test_a_ping_from_before_the_break_does_not_heal_it(office: Office) -> None:
    alice = office.works("Alice")
    heard = clock.now() - timedelta(seconds=1)
    presence.disconnect(alice.agent.pk, state_of(alice).epoch)
    presence.touch([alice.agent.pk], [heard])
    assert state_of(alice).disconnected_at is not None


def test_nothing_is_offered_over_a_broken_line(office: Office) -> None:
    office.asks()
    alice = office.works("Alice")
    presence.disconnect(alice.agent.pk, state_of(alice).epoch)
    waves.run()
    assert alice.me()["offers"] == []
    presence.connect(alice.agent.pk)
    waves.run()
    assert alice.offer()


def test_an_offer_survives_a_short_break_and_not_a_long_one(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    broken(alice, 4)
    tasks.rescind_broken_lines()
    assert office.offer_of(kim.ticket) is not None
    broken(alice, 6)
    tasks.rescind_broken_lines()
    assert office.offer_of(kim.ticket) is None
    assert state_of(alice).load == 0
    assert state_of(alice).state == "online"


def test_the_silent_are_swept_and_the_living_are_not(office: Office, heard: Heard) -> None:
    alice, bob = office.works("Alice"), office.works("Bob")
    silent(alice, 61)
    silent(bob, 58)
    heard.forget()
    presence.sweep()
    assert (state_of(alice).state, state_of(alice).was, state_of(bob).state) == (
        "offline",
        "online",
        "online",
    )
    assert heard.by(alice.agent) == [
        {"type": "presence.changed", "presence": "offline", "reason": "lost"}
    ]
    assert heard.by(bob.agent) == []


def test_a_lost_agents_offer_goes_to_the_next_without_blame(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer = alice.offer()
    silent(alice, 61)
    bob = office.works("Bob")
    presence.sweep()
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)
    assert (
        alice.refused(409, "POST", f"/agent/offers/{offer['id']}/decline", {})["state"]
        == "rescinded"
    )
    assert not kim.ticket.cool_downs.exists()


def test_a_lost_agent_keeps_her_conversation_through_the_grace_time(office: Office) -> None:
    kim, alice = office.talk()
    silent(alice, 100)
    presence.sweep()
    tasks.return_conversations()
    assert kim.now()["state"] == "active"
    presence.connect(alice.agent.pk)
    assert alice.me()["presence"] == "online"
    assert [ticket["id"] for ticket in alice.me()["tickets"]] == [str(kim.ticket.pk)]


def test_after_the_grace_time_the_conversation_goes_back_to_the_front(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    lee = office.asks()
    silent(alice, 100)
    presence.sweep()
    silent(alice, 121)
    heard.forget()
    tasks.return_conversations()
    assert (kim.now()["state"], kim.now()["position"], lee.now()["position"]) == ("waiting", 1, 2)
    assert heard.by(alice.agent) == [
        {"type": "ticket.left", "ticket_id": str(kim.ticket.pk), "reason": "agent lost"}
    ]
    assert heard.kinds(kim.customer) == ["ticket.changed"]
    assert state_of(alice).load == 0


def test_conversations_of_who_left_on_purpose_are_found_after_a_crash(office: Office) -> None:
    kim, alice = office.talk()
    Presence.objects.filter(pk=alice.agent.pk).update(state="offline", was="")
    tasks.return_conversations()
    assert kim.now()["state"] == "waiting"


@pytest.mark.parametrize("was", ["online", "paused", "finishing"])
@pytest.mark.parametrize("sign", ["connect", "touch"])
def test_who_comes_back_is_what_she_had_chosen(
    office: Office, heard: Heard, was: str, sign: str
) -> None:
    _kim, alice = office.talk()
    alice.go(was)
    silent(alice, 61)
    presence.sweep()
    heard.forget()
    if sign == "connect":
        presence.connect(alice.agent.pk)
    else:
        presence.touch([alice.agent.pk])
    assert (state_of(alice).state, state_of(alice).was) == (was, "")
    assert heard.by(alice.agent) == [
        {"type": "presence.changed", "presence": was, "reason": "back"}
    ]


def test_who_chose_offline_stays_offline_when_her_phone_connects(office: Office) -> None:
    alice = office.works("Alice")
    alice.go("offline")
    presence.connect(alice.agent.pk)
    assert state_of(alice).state == "offline"


def test_a_call_is_a_sign_of_life_too(office: Office) -> None:
    alice = office.works("Alice")
    for path in ("/agent/me", "/agent/open-tickets"):
        silent(alice, 55)
        alice.ok("GET", path)
        silent_for = state_of(alice).last_seen_at
        presence.sweep()
        assert state_of(alice).state == "online"
        assert silent_for is not None


def test_a_call_does_not_bring_back_who_went_offline(office: Office) -> None:
    alice = office.works("Alice")
    alice.go("offline")
    alice.me()
    assert state_of(alice).state == "offline"
