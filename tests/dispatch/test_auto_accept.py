"""PUT /agent/settings: who accepts by herself has the conversation once her phone has drawn the offer."""

from typing import Any

import pytest

from dispatch import actions, waves
from dispatch.models import Offer, OfferLog
from tests.factories import make_queue
from tests.office import Caller, Heard, Office
from tickets.models import Ticket


def test_the_delivery_is_the_acceptance(office: Office, heard: Heard) -> None:
    kim, alice = office.asks(), office.works("Alice")
    assert alice.ok("PUT", "/agent/settings", {"auto_accept": True}) == {"auto_accept": True}
    waves.run()
    offer = Offer.objects.get(ticket=kim.ticket)
    assert offer.state == "pending", "nobody has drawn it yet"
    heard.forget()
    assert actions.delivered(offer.pk, alice.agent.pk)
    assert heard.kinds(alice.agent) == ["ticket.assigned", "offer.ended"]
    assert kim.now()["state"] == "active"
    offer.refresh_from_db()
    assert (offer.state, offer.delivered_at is not None) == ("accepted", True)
    assert OfferLog.objects.filter(of=offer, now="accepted", reason="auto-accepted").exists()
    me = alice.me()
    assert (me["auto_accept"], me["load"], len(me["tickets"]), me["offers"]) == (True, 1, 1, [])
    with office.unchanged():
        assert not actions.delivered(offer.pk, alice.agent.pk)


def test_fetching_accepts_everything_that_was_offered(office: Office) -> None:
    alice = office.works("Alice", capacity=3)
    alice.ok("PUT", "/agent/settings", {"auto_accept": True})
    asked = {str(office.asks().ticket.pk) for _ in range(3)}
    waves.run()
    me = alice.me()
    assert ({ticket["id"] for ticket in me["tickets"]}, me["offers"]) == (asked, [])


def test_what_rings_already_rings_on_and_off_is_off(office: Office) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer = alice.offer()["id"]
    alice.ok("PUT", "/agent/settings", {"auto_accept": True})
    assert alice.offer()["id"] == offer
    alice.ok("POST", f"/agent/offers/{offer}/decline", {})
    alice.ok("PUT", "/agent/settings", {"auto_accept": False})
    office.asks()
    waves.run()
    assert alice.offer()["ticket"] != str(kim.ticket.pk)


def test_an_offer_whose_bound_has_passed_is_not_accepted_by_its_delivery(office: Office) -> None:
    from tests.dispatch.test_accept import run_out

    kim, alice = office.asks(), office.works("Alice")
    alice.ok("PUT", "/agent/settings", {"auto_accept": True})
    waves.run()
    offer = Offer.objects.get(ticket=kim.ticket)
    run_out(str(offer.pk))
    with office.unchanged():
        assert not actions.delivered(offer.pk, alice.agent.pk)
    assert Ticket.objects.get(pk=kim.ticket.pk).state == "waiting"


def test_of_several_who_are_asked_the_first_phone_that_draws_it_wins(
    office: Office, heard: Heard
) -> None:
    make_queue(office.desk, "urgent", broadcast=2)
    kim = office.asks(topic="urgent")
    alice, bob = office.works("Alice"), office.works("Bob")
    alice.ok("PUT", "/agent/settings", {"auto_accept": True})
    waves.run()
    rings = bob.offer()
    heard.forget()
    assert alice.me()["tickets"][0]["id"] == str(kim.ticket.pk)
    assert heard.by(bob.agent)[0]["reason"] == "taken"
    assert heard.by(bob.agent)[0]["offer_id"] == rings["id"]


@pytest.mark.parametrize("body", [{}, {"auto_accept": None}, {"auto_accept": "perhaps"}, {"x": 1}])
def test_what_is_no_setting_is_refused(office: Office, body: dict[str, Any]) -> None:
    alice = office.works("Alice", online=False)
    with office.unchanged():
        assert alice.refused(400, "PUT", "/agent/settings", body)["errors"]


def test_nobody_has_no_settings(office: Office) -> None:
    Caller().refused(401, "PUT", "/agent/settings", {"auto_accept": True})
