"""Who lets two offers in a row run out is away, whatever her phone says."""

from collections.abc import Callable

import pytest

from agents.models import PresenceLog
from dispatch import actions, waves
from dispatch.models import CoolDown, Offer
from tests.dispatch.test_accept import run_out
from tests.office import AgentCaller, Heard, Office


def misses(alice: AgentCaller, office: Office) -> None:
    """Her phone rings for somebody new, and she does not answer."""
    kim = office.asks()
    waves.run()
    (offer,) = (each for each in alice.me()["offers"] if each["ticket"] == str(kim.ticket.pk))
    run_out(offer["id"])
    assert actions.expire_due() == 1
    kim.ok("POST", f"{kim.here}/close", {})


def test_two_missed_in_a_row_are_a_pause_and_nothing_else_rings(
    office: Office, heard: Heard
) -> None:
    alice = office.works("Alice", capacity=3)
    lee = office.asks()
    waves.run()
    misses(alice, office)
    me = alice.me()
    assert (me["presence"], me["missed"], len(me["offers"])) == ("online", 1, 1)
    (still,) = me["offers"]
    heard.forget()
    misses(alice, office)
    me = alice.me()
    assert (me["presence"], me["reason"], me["missed"]) == ("paused", "missed", 2)
    assert (me["load"], me["offers"]) == (0, [])
    frames = heard.by(alice.agent)
    assert {"type": "presence.changed", "presence": "paused", "reason": "missed"} in frames
    ended = {"type": "offer.ended", "offer_id": still["id"], "state": "rescinded"}
    assert ended | {"reason": "agent left"} in frames
    log = PresenceLog.objects.filter(of_id=alice.agent.pk).order_by("id").last()
    assert log is not None
    assert (log.was, log.now, log.by, log.reason) == ("online", "paused", "system", "missed")
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["ticket"] == str(lee.ticket.pk)


def test_the_conversations_of_who_is_away_stay_hers(office: Office) -> None:
    kim, alice = office.talk()
    for _ in range(2):
        misses(alice, office)
    assert alice.me()["presence"] == "paused"
    assert (kim.now()["state"], kim.now()["agent"]["name"]) == ("active", "Alice")
    kim.say("Are you there?")


def test_two_that_run_out_at_once_are_two(office: Office) -> None:
    alice = office.works("Alice")
    for _ in range(2):
        office.asks()
    waves.run()
    for offer in alice.me()["offers"]:
        run_out(offer["id"])
    assert actions.expire_due() == 2
    assert (alice.me()["presence"], alice.me()["missed"]) == ("paused", 2)


def accepts(alice: AgentCaller, office: Office) -> None:
    office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/accept", {})


def declines(alice: AgentCaller, office: Office) -> None:
    office.asks()
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {})


def claims(alice: AgentCaller, office: Office) -> None:
    kim = office.asks()
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})


def goes_online(alice: AgentCaller, office: Office) -> None:
    alice.go("paused")
    alice.go("online")


@pytest.mark.parametrize("does", [accepts, declines, claims, goes_online])
def test_whatever_shows_that_she_is_there_begins_the_count_anew(
    office: Office, does: Callable[[AgentCaller, Office], None]
) -> None:
    alice = office.works("Alice")
    misses(alice, office)
    assert alice.me()["missed"] == 1
    does(alice, office)
    assert alice.me()["missed"] == 0
    misses(alice, office)
    assert alice.me()["presence"] == "online"


def test_who_goes_on_is_asked_again(office: Office) -> None:
    alice = office.works("Alice")
    for _ in range(2):
        misses(alice, office)
    kim = office.asks()
    waves.run()
    assert alice.me()["offers"] == []
    assert alice.go("online")["presence"] == "online"
    waves.run()
    assert alice.offer()["ticket"] == str(kim.ticket.pk)


def test_a_missed_offer_is_not_made_to_her_again_at_once(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    run_out(alice.offer()["id"])
    actions.expire_due()
    waves.run()
    assert not Offer.objects.filter(ticket=kim.ticket, state="pending").exists()
    assert CoolDown.objects.filter(ticket=kim.ticket, agent=alice.agent).exists()
