"""resolve, release, transfer: once, however often the call comes, and never over the customer's head."""

from typing import Any

import pytest

from dispatch import waves
from tests.office import Heard, Office, some_id
from tickets.models import Assignment, Ticket, TicketLog

ACTS: dict[str, dict[str, Any]] = {
    "resolve": {"disposition": "solved"},
    "release": {"said": "It is about a parcel"},
    "transfer": {"queue": "general", "promised": "A call"},
}


@pytest.mark.parametrize("act", ACTS)
def test_a_repeat_answers_as_the_first_and_does_nothing(office: Office, act: str) -> None:
    kim, alice = office.talk()
    body = {"client_id": some_id(), **ACTS[act]}
    here = f"/agent/tickets/{kim.ticket.pk}/{act}"
    first = alice.ok("POST", here, body)
    moves = TicketLog.objects.filter(of=kim.ticket).count()
    again = alice.ok("POST", here, body)
    kept = [name for name in first if name not in ("as_of", "assigned_at")]
    assert [again[name] for name in kept] == [first[name] for name in kept]
    assert TicketLog.objects.filter(of=kim.ticket).count() == moves
    # By another name it is another call, which comes too late.
    alice.refused(409, "POST", here, {**body, "client_id": some_id()})


@pytest.mark.parametrize("act", ["release", "transfer"])
def test_a_repeat_does_not_take_it_from_her_when_it_has_come_back(office: Office, act: str) -> None:
    kim, alice = office.talk()
    body = {"client_id": some_id(), **ACTS[act]}
    here = f"/agent/tickets/{kim.ticket.pk}/{act}"
    alice.ok("POST", here, body)
    alice.ok("POST", f"/agent/tickets/{kim.ticket.pk}/claim", {})
    alice.ok("POST", here, body)
    ticket = Ticket.objects.get(pk=kim.ticket.pk)
    assert (ticket.state, ticket.agent_id) == ("active", alice.agent.pk)


def test_a_repeat_says_nothing_of_who_has_it_now(office: Office) -> None:
    kim, alice = office.talk()
    body = {"client_id": some_id(), "note": "Mine"}
    here = f"/agent/tickets/{kim.ticket.pk}/release"
    alice.ok("POST", here, body)
    bob = office.works("Bob")
    waves.run()
    bob.ok("POST", f"/agent/offers/{bob.offer()['id']}/accept", {})
    bob.ok("PUT", f"/agent/tickets/{kim.ticket.pk}/baton", {"promised": "MARKER"})
    again = alice.ok("POST", here, body)
    assert again["state"] == "waiting"
    assert "MARKER" not in str(again)


def test_who_writes_meanwhile_is_not_answered_with_an_end(office: Office, heard: Heard) -> None:
    kim, alice = office.talk()
    alice.ok(
        "POST",
        f"/agent/tickets/{kim.ticket.pk}/messages",
        {"client_id": some_id(), "text": "Bye"},
        201,
    )
    seen = kim.now()["last_seq"]
    kim.say("One more thing")
    heard.forget()
    here = f"/agent/tickets/{kim.ticket.pk}/resolve"
    body = {"client_id": some_id(), "disposition": "solved", "seen": seen}
    problem = alice.refused(409, "POST", here, body)
    assert problem["state"] == "active"
    assert problem["detail"] == "Kim has written again, so the conversation stays open."
    assert kim.now()["state"] == "active"
    assert heard.by(kim.customer) == []
    assert Assignment.objects.filter(ticket=kim.ticket, ended_at=None).count() == 1
    # What she herself wrote after it is no reason.
    alice.ok(
        "POST",
        f"/agent/tickets/{kim.ticket.pk}/messages",
        {"client_id": some_id(), "text": "Done"},
        201,
    )
    assert alice.ok("POST", here, {**body, "seen": seen + 1})["state"] == "resolved"


def test_a_call_without_a_name_works_as_ever(office: Office) -> None:
    kim, alice = office.talk()
    here = f"/agent/tickets/{kim.ticket.pk}/resolve"
    alice.ok("POST", here, {"disposition": "solved"})
    alice.refused(409, "POST", here, {"disposition": "solved"})
