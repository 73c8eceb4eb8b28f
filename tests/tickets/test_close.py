"""POST …/close: the customer ends it, whatever its state."""

import pytest

from dispatch import waves
from dispatch.models import Offer
from tests.office import Heard, Office
from tickets.models import TicketLog


@pytest.mark.parametrize(("human", "end"), [(False, "resolved"), (True, "abandoned")])
def test_closing_before_a_person_came(office: Office, human: bool, end: str) -> None:
    kim = office.asks(human=human)
    ticket = kim.ok("POST", f"{kim.here}/close", {})
    assert ticket["state"] == end
    assert ticket["ended_at"] is not None
    assert ticket["position"] is None


def test_closing_a_conversation_frees_its_agent_and_tells_her(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    heard.forget()
    assert kim.ok("POST", f"{kim.here}/close", {})["state"] == "resolved"
    left, changed = heard.by(alice.agent)
    assert left == {"type": "ticket.left", "ticket_id": str(kim.ticket.pk), "reason": "closed"}
    assert (changed["type"], changed["ticket"]["state"]) == ("ticket.changed", "resolved")
    me = alice.me()
    assert (me["load"], me["tickets"], me["today"]["conversations"]) == (0, [], 1)


def test_closing_while_an_offer_lives_withdraws_it_without_blame(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer = alice.offer()
    heard.forget()
    kim.ok("POST", f"{kim.here}/close", {})
    assert heard.by(alice.agent) == [
        {
            "type": "offer.ended",
            "offer_id": offer["id"],
            "state": "rescinded",
            "reason": "customer left",
        }
    ]
    assert alice.me()["load"] == 0
    assert (
        alice.refused(409, "POST", f"/agent/offers/{offer['id']}/accept", {})["state"]
        == "rescinded"
    )
    assert Offer.objects.get(pk=offer["id"]).decline_reason == ""


def test_closing_again_changes_nothing(office: Office) -> None:
    kim, _alice = office.talk()
    first = kim.ok("POST", f"{kim.here}/close", {})
    moves = TicketLog.objects.filter(of=kim.ticket).count()
    again = kim.ok("POST", f"{kim.here}/close", {})
    assert {**again, "as_of": ""} == {**first, "as_of": ""}
    assert TicketLog.objects.filter(of=kim.ticket).count() == moves


def test_a_foreign_ticket_cannot_be_closed(office: Office) -> None:
    kim, lee = office.asks(), office.asks()
    with office.unchanged():
        lee.refused(404, "POST", f"{kim.here}/close", {})
