"""POST …/offers/{id}/accept: decided once."""

import pytest
from django.db import connection

from dispatch import actions, waves
from dispatch.models import Offer
from tests.office import AgentCaller, CustomerCaller, Heard, Office, some_id
from tickets.models import Assignment, Ticket


@pytest.fixture
def offered(office: Office, heard: Heard) -> tuple[CustomerCaller, AgentCaller, str]:
    """Kim waits, and Alice's phone rings."""
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer = alice.offer()["id"]
    heard.forget()
    return kim, alice, offer


def run_out(offer: str) -> None:
    """The offer's time is over, and nobody has noticed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_offer SET expires_at = clock_timestamp() - interval '1 s' WHERE id = %s",
            [offer],
        )


def test_accepting_makes_the_conversation_hers(offered, heard: Heard) -> None:  # type: ignore[no-untyped-def]
    kim, alice, offer = offered
    taken = alice.ok("POST", f"/agent/offers/{offer}/accept", {})
    assert (taken["id"], taken["state"]) == (str(kim.ticket.pk), "active")
    assert heard.kinds(alice.agent) == ["ticket.assigned", "offer.ended"]
    assert heard.by(alice.agent)[1]["state"] == "accepted"
    assert heard.by(alice.agent)[0]["ticket"]["id"] == taken["id"]
    (told,) = heard.by(kim.customer)
    assert (told["ticket"]["state"], told["ticket"]["agent"]["name"]) == ("active", "Alice")
    me = alice.me()
    assert (me["load"], me["offers"], len(me["tickets"])) == (1, [], 1)
    assert Assignment.objects.get(ticket=kim.ticket).agent_id == alice.agent.pk


def test_events_on_top_of_the_old_state_give_the_fresh_state(offered, heard: Heard) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = offered
    state = alice.me()
    alice.ok("POST", f"/agent/offers/{offer}/accept", {})
    for frame in heard.by(alice.agent):
        if frame["type"] == "ticket.assigned":
            state["tickets"].append(frame["ticket"])
        elif frame["type"] == "offer.ended":
            state["offers"] = [o for o in state["offers"] if o["id"] != frame["offer_id"]]
    fresh = alice.me()
    for one in (state, fresh):
        one.pop("server_time")
        for ticket in one["tickets"]:
            ticket.pop("as_of")
    assert state == fresh


def test_accepting_again_is_a_409_that_says_accepted(offered, office: Office) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = offered
    alice.ok("POST", f"/agent/offers/{offer}/accept", {})
    for verb in ("accept", "decline"):
        with office.unchanged():
            assert (
                alice.refused(409, "POST", f"/agent/offers/{offer}/{verb}", {})["state"]
                == "accepted"
            )


def test_an_offer_whose_time_is_over_is_expired_even_before_anybody_noticed(
    offered, office: Office
) -> None:  # type: ignore[no-untyped-def]
    kim, alice, offer = offered
    run_out(offer)
    for verb in ("accept", "decline"):
        with office.unchanged():
            assert (
                alice.refused(409, "POST", f"/agent/offers/{offer}/{verb}", {})["state"]
                == "expired"
            )
    assert Ticket.objects.get(pk=kim.ticket.pk).state == "waiting"


def test_a_foreign_offer_is_not_there(offered, office: Office) -> None:  # type: ignore[no-untyped-def]
    _kim, _alice, offer = offered
    bob = office.works("Bob")
    with office.unchanged():
        for verb in ("accept", "decline"):
            bob.refused(404, "POST", f"/agent/offers/{offer}/{verb}", {})
            bob.refused(404, "POST", f"/agent/offers/{some_id()}/{verb}", {})
            bob.refused(404, "POST", f"/agent/offers/not-an-id/{verb}", {})


def test_an_accept_with_a_body_that_it_does_not_know_is_refused(offered, office: Office) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = offered
    with office.unchanged():
        alice.refused(400, "POST", f"/agent/offers/{offer}/accept", {"sure": True})


def test_delivery_is_noted_once_and_only_for_her_own_live_offer(offered, office: Office) -> None:  # type: ignore[no-untyped-def]
    _kim, alice, offer = offered
    bob = office.works("Bob")
    Offer.objects.filter(pk=offer).update(delivered_at=None)
    assert not actions.delivered(offer, bob.agent.pk)
    assert Offer.objects.get(pk=offer).delivered_at is None
    assert actions.delivered(offer, alice.agent.pk)
    first = alice.offer()["delivered_at"]
    assert first is not None
    assert not actions.delivered(offer, alice.agent.pk)
    assert alice.offer()["delivered_at"] == first
    alice.ok("POST", f"/agent/offers/{offer}/decline", {})
    Offer.objects.filter(pk=offer).update(delivered_at=None)
    assert not actions.delivered(offer, alice.agent.pk)
