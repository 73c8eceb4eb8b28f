"""POST …/offers/{id}/decline: the next one gets it, and this one not at once."""

from dispatch import waves
from tests.office import Heard, Office
from tickets.models import Ticket


def test_a_declined_ticket_goes_to_the_next_with_its_waiting_time(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    offer, asked = alice.offer()["id"], Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    heard.forget()
    over = alice.ok("POST", f"/agent/offers/{offer}/decline", {"reason": "too long"})
    assert over["state"] == "declined"
    assert heard.by(alice.agent) == [
        {"type": "offer.ended", "offer_id": offer, "state": "declined", "reason": ""}
    ]
    assert heard.by(kim.customer) == []
    assert alice.me()["load"] == 0
    waves.run()
    assert alice.me()["offers"] == []
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)
    assert Ticket.objects.get(pk=kim.ticket.pk).waiting_since == asked


def test_declining_again_is_a_409_that_says_declined(office: Office) -> None:
    office.asks()
    alice = office.works("Alice")
    waves.run()
    path = f"/agent/offers/{alice.offer()['id']}/decline"
    alice.ok("POST", path, {})
    with office.unchanged():
        assert alice.refused(409, "POST", path, {})["state"] == "declined"


def test_the_reason_stays_between_the_agent_and_the_desk(office: Office, heard: Heard) -> None:
    kim, alice = office.asks(), office.works("Alice")
    waves.run()
    alice.ok("POST", f"/agent/offers/{alice.offer()['id']}/decline", {"reason": "MARKER rude"})
    assert "MARKER" not in f"{kim.now()} {heard.by(kim.customer)}"


def test_a_reason_that_is_too_long_is_refused(office: Office) -> None:
    office.asks()
    alice = office.works("Alice")
    waves.run()
    path = f"/agent/offers/{alice.offer()['id']}/decline"
    with office.unchanged():
        problem = alice.refused(400, "POST", path, {"reason": "x" * 81})
    assert list(problem["errors"]) == ["reason"]
