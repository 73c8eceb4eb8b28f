"""Several are asked at once: the first to accept has it, and the others are told so."""

from collections.abc import Callable

import pytest

from dispatch import actions, waves
from dispatch.models import CoolDown, Offer
from tests.dispatch.test_accept import run_out
from tests.factories import make_queue
from tests.office import AgentCaller, CustomerCaller, Heard, Office

Asked = tuple[CustomerCaller, list[AgentCaller], list[str]]


@pytest.fixture
def asked(office: Office, heard: Heard) -> Asked:
    """Kim's matter is urgent: three phones ring. Their offers, in the order of the agents."""
    make_queue(office.desk, "urgent", broadcast=3)
    kim = office.asks(topic="urgent")
    team = [office.works(name) for name in ("Alice", "Bob", "Charlie")]
    waves.run()
    offers = [phone.offer() for phone in team]
    assert {offer["ticket"] for offer in offers} == {str(kim.ticket.pk)}
    assert all(offer["broadcast"] for offer in offers)
    heard.forget()
    return kim, team, [offer["id"] for offer in offers]


def test_a_wave_asks_as_many_as_the_queue_says_and_no_more(asked: Asked, office: Office) -> None:
    kim, team, _offers = asked
    office.works("Dana")
    waves.run()
    assert Offer.objects.filter(ticket=kim.ticket, state="pending").count() == 3
    assert [phone.me()["load"] for phone in team] == [1, 1, 1]


def test_the_first_to_accept_has_it_and_the_others_slots_are_free(
    asked: Asked, heard: Heard
) -> None:
    kim, (alice, bob, charlie), offers = asked
    taken = bob.ok("POST", f"/agent/offers/{offers[1]}/accept", {})
    assert taken["id"] == str(kim.ticket.pk)
    for loser, offer in ((alice, offers[0]), (charlie, offers[2])):
        assert heard.by(loser.agent) == [
            {"type": "offer.ended", "offer_id": offer, "state": "rescinded", "reason": "taken"}
        ]
        me = loser.me()
        assert (me["load"], me["offers"], me["missed"]) == (0, [], 0)
    assert bob.me()["load"] == 1
    assert heard.kinds(bob.agent) == ["ticket.assigned", "offer.ended"]
    assert not CoolDown.objects.filter(ticket=kim.ticket).exists()


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_who_comes_second_is_told_the_true_state(asked: Asked, office: Office, verb: str) -> None:
    _kim, (alice, bob, _charlie), offers = asked
    alice.ok("POST", f"/agent/offers/{offers[0]}/accept", {})
    with office.unchanged():
        told = bob.refused(409, "POST", f"/agent/offers/{offers[1]}/{verb}", {})
        assert told["state"] == "rescinded"


def declines(phone: AgentCaller, offer: str) -> None:
    phone.ok("POST", f"/agent/offers/{offer}/decline", {})


def misses(phone: AgentCaller, offer: str) -> None:
    run_out(offer)
    assert actions.expire_due() == 1


def is_not_reached(phone: AgentCaller, offer: str) -> None:
    Offer.objects.filter(pk=offer).update(delivered_at=None)
    misses(phone, offer)


def pauses(phone: AgentCaller, offer: str) -> None:
    phone.go("paused")


@pytest.mark.parametrize("leaves", [declines, misses, is_not_reached, pauses])
def test_one_who_does_not_take_it_leaves_it_to_the_others(
    asked: Asked, heard: Heard, leaves: Callable[[AgentCaller, str], None]
) -> None:
    kim, (alice, bob, charlie), offers = asked
    leaves(alice, offers[0])
    waves.run()
    assert heard.by(bob.agent) == heard.by(charlie.agent) == []
    assert alice.me()["offers"] == []
    charlie.ok("POST", f"/agent/offers/{offers[2]}/accept", {})
    assert kim.now()["agent"]["name"] == "Charlie"


def test_once_nobody_is_left_the_others_are_asked(asked: Asked, office: Office) -> None:
    kim, team, offers = asked
    for phone, offer in zip(team, offers, strict=True):
        assert office.offer_of(kim.ticket) is not None
        declines(phone, offer)
    waves.run()
    assert office.offer_of(kim.ticket) is None
    dana = office.works("Dana")
    waves.run()
    assert dana.offer()["ticket"] == str(kim.ticket.pk)
    assert kim.now()["state"] == "waiting"


def test_a_claim_from_the_board_ends_all_of_them(asked: Asked, office: Office) -> None:
    kim, team, offers = asked
    dana = office.works("Dana")
    dana.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert [phone.me()["load"] for phone in (*team, dana)] == [0, 0, 0, 1]
    assert {Offer.objects.get(pk=offer).state for offer in offers} == {"rescinded"}


def test_one_of_those_asked_may_claim_it_too_and_pays_one_slot(asked: Asked) -> None:
    kim, (alice, bob, charlie), _offers = asked
    bob.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    assert [phone.me()["load"] for phone in (alice, bob, charlie)] == [0, 1, 0]


def test_a_customer_who_leaves_ends_all_of_them_without_blame(asked: Asked, heard: Heard) -> None:
    kim, team, offers = asked
    kim.ok("POST", f"{kim.here}/close", {})
    for phone, offer in zip(team, offers, strict=True):
        (ended,) = heard.by(phone.agent)
        assert (ended["offer_id"], ended["reason"]) == (offer, "customer left")
        assert (phone.me()["load"], phone.me()["missed"]) == (0, 0)
