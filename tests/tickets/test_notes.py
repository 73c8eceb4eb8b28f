"""…/tickets/{id}/notes: what colleagues say of a conversation where its customer does not hear it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dispatch import waves
from tests.factories import make_desk
from tests.office import Heard, Office, some_id
from tests.people import AgentClient, CustomerClient
from tests.stack import Stack
from tickets.models import Note, Ticket


def notes(agent: Any, ticket: Any, after: int = 0) -> list[dict[str, Any]]:
    """What she reads."""
    found: list[dict[str, Any]] = agent.ok(
        "GET", f"/agent/tickets/{ticket.pk}/notes?after={after}"
    )["notes"]
    return found


def note(agent: Any, ticket: Any, text: str, status: int = 201, **more: Any) -> dict[str, Any]:
    """One of hers."""
    body = {"client_id": some_id(), "text": text, **more}
    made: dict[str, Any] = agent.ok("POST", f"/agent/tickets/{ticket.pk}/notes", body, status)
    return made


def test_a_note_is_heard_by_her_own_devices_and_never_by_the_customer(
    office: Office, heard: Heard
) -> None:
    kim, alice = office.talk()
    heard.forget()
    before = kim.now()
    made = note(alice, kim.ticket, "MARKER she is upset")
    assert notes(alice, kim.ticket) == [made]
    assert (made["from"], made["own"], made["seq"]) == ("Alice", True, 1)
    assert heard.kinds(alice.agent) == ["note.posted"]
    assert heard.by(kim.customer) == []
    # Neither its words nor that there is one: the messages' order has no gap.
    now = kim.now()
    assert {**now, "as_of": ""} == {**before, "as_of": ""}
    assert kim.say("Hello?")["seq"] == before["last_seq"] + 1
    assert "MARKER" not in f"{kim.now()} {kim.texts()}"


def test_a_note_changes_nothing_about_what_is_owed(office: Office) -> None:
    kim, alice = office.talk()
    kim.say("Are you there?")
    before = Ticket.objects.filter(pk=kim.ticket.pk).values().get()
    note(alice, kim.ticket, "I ask my colleague")
    assert Ticket.objects.filter(pk=kim.ticket.pk).values().get() == before


def test_a_repeat_is_200_with_the_first_note(office: Office) -> None:
    kim, alice = office.talk()
    name = some_id()
    first = note(alice, kim.ticket, "Once", client_id=name)
    assert note(alice, kim.ticket, "Another text", 200, client_id=name) == first
    assert [each["text"] for each in notes(alice, kim.ticket)] == ["Once"]


def test_the_next_agent_reads_the_notes_and_who_had_it_reads_them_no_longer(
    office: Office,
) -> None:
    kim, alice = office.talk()
    note(alice, kim.ticket, "Refund is promised")
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/release", {})
    here = f"/agent/tickets/{kim.ticket.pk}/notes"
    late = {"client_id": some_id(), "text": "Late"}
    assert alice.refused(409, "POST", here, late)["detail"].endswith("Your note was not kept.")
    bob = office.works("Bob")
    waves.run()
    bob.ok("POST", f"/agent/offers/{bob.offer()['id']}/accept", {})
    assert [(each["from"], each["own"]) for each in notes(bob, kim.ticket)] == [("Alice", False)]
    note(bob, kim.ticket, "Done")
    assert [each["seq"] for each in notes(bob, kim.ticket)] == [1, 2]
    assert notes(bob, kim.ticket, after=1)[0]["text"] == "Done"
    alice.refused(404, "GET", here)


def test_whoever_does_not_have_the_conversation_reads_and_writes_nothing(office: Office) -> None:
    kim, alice = office.talk()
    note(alice, kim.ticket, "MARKER")
    here = f"/agent/tickets/{kim.ticket.pk}/notes"
    colleague, stranger = office.works("Bob"), Office(make_desk()).works("Charlie")
    for other in (colleague, stranger):
        assert "MARKER" not in str(other.refused(404, "GET", here))
        other.refused(404, "POST", here, {"client_id": some_id(), "text": "Hi"})
    kim.refused(401, "GET", here)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/resolve", {"disposition": "solved"})
    alice.refused(404, "GET", here)
    assert Note.objects.filter(ticket=kim.ticket).count() == 1


def test_an_empty_or_endless_note_is_refused(office: Office) -> None:
    kim, alice = office.talk()
    for text in ("", "  ", "\u200b", "x" * 4001):
        body = {"client_id": some_id(), "text": text}
        alice.refused(400, "POST", f"/agent/tickets/{kim.ticket.pk}/notes", body)


def test_notes_of_two_devices_at_once_are_ordered_without_a_gap(stack: Stack, world: Any) -> None:
    from tests.factories import PASSWORD

    kim = CustomerClient.asking(stack, world.desk.key)
    alice = AgentClient(stack, world.agent("Alice"), PASSWORD)
    with alice.line() as line:
        alice.go()
        offer = line.wait("offer.made")["offer"]
        assert alice.accept(offer["id"]).is_success
        here = f"/agent/tickets/{kim.ticket['id']}/notes"
        bodies = [{"client_id": some_id(), "text": f"Note {n}"} for n in range(12)]
        # Each of them twice, as after a lost answer.
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda body: alice.call("POST", here, body), bodies * 2))
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert sum(answer.status_code == 201 for answer in answers) == 12
        kept = alice.ok("GET", here)["notes"]
        assert [each["seq"] for each in kept] == list(range(1, 13))
        assert {each["client_id"] for each in kept} == {body["client_id"] for body in bodies}
        line.wait("note.posted")
    assert "Note" not in str(kim.messages())
