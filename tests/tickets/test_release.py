"""POST …/release: back to the queue, with a note, at the original place."""

from dispatch import waves
from dispatch.models import CoolDown
from tests.office import Heard, Office
from tickets.models import Ticket


def test_a_released_conversation_waits_with_its_original_waiting_time(office: Office) -> None:
    kim, alice = office.talk()
    asked = Ticket.objects.get(pk=kim.ticket.pk).waiting_since
    lee = office.asks()
    back = alice.ok("POST", f"/agent{kim.here[5:]}/release", {"note": "Needs the tracking number"})
    assert (back["state"], back["note"]) == ("waiting", "Needs the tracking number")
    assert Ticket.objects.get(pk=kim.ticket.pk).waiting_since == asked
    assert (kim.now()["position"], lee.now()["position"]) == (1, 2)
    assert kim.now()["agent"] is None


def test_who_released_it_does_not_get_it_back_at_once(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {})
    waves.run()
    assert alice.me()["offers"] == []
    bob = office.works("Bob")
    waves.run()
    assert bob.offer()["ticket"] == str(kim.ticket.pk)


def test_once_the_cool_down_is_over_she_may_get_it_again(office: Office) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {})
    (cooling,) = CoolDown.objects.filter(ticket=kim.ticket)
    assert cooling.agent_id == alice.agent.pk
    cooling.until = kim.ticket.opened_at
    cooling.save()
    waves.run()
    assert alice.offer()["reasons"][:1] == ["Only you can take this one right now."]


def test_the_next_agent_reads_the_note_and_the_customer_never_does(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {"note": "MARKER angry"})
    bob = office.works("Bob")
    waves.run()
    taken = bob.ok("POST", f"/agent/offers/{bob.offer()['id']}/accept", {})
    assert taken["note"] == "MARKER angry"
    assert "MARKER" not in f"{kim.now()} {heard.by(kim.customer)}"


def test_a_release_without_a_note_keeps_the_last_one(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}"
    alice.ok("POST", f"{path}/release", {"note": "First"})
    bob = office.works("Bob")
    bob.ok("POST", f"{path}/claim", {})
    assert bob.ok("POST", f"{path}/release", {})["note"] == "First"


def test_releasing_again_is_a_409_with_the_state(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}/release"
    alice.ok("POST", path, {})
    with office.unchanged():
        assert alice.refused(409, "POST", path, {})["state"] == "waiting"


def test_both_sides_hear_of_it(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    heard.forget()
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {})
    assert heard.by(alice.agent) == [
        {"type": "ticket.left", "ticket_id": str(kim.ticket.pk), "reason": "released"}
    ]
    (told,) = heard.by(kim.customer)
    assert (told["ticket"]["state"], told["ticket"]["position"]) == ("waiting", 1)
    assert heard.wakes >= 1
