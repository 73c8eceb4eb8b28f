"""The baton: what was said, what was promised, the next step. It travels with the conversation."""

from typing import Any

import pytest

from agents import presence
from tests.agents.test_heartbeat import silent
from tests.office import AgentCaller, CustomerCaller, Heard, Office, some_id
from tests.tickets.test_silent import look, owing
from tickets import actions
from tickets.baton import Former, Line, compose, trimmed

NOTHING = {"said": "", "promised": "", "next_step": ""}


def says(agent: AgentCaller, kim: CustomerCaller, text: str) -> None:
    """A message of the agent."""
    agent.ok("POST", f"/agent{kim.here[5:]}/messages", {"client_id": some_id(), "text": text}, 201)


def writes(agent: AgentCaller, kim: CustomerCaller, **fields: str) -> dict[str, Any]:
    """What she writes down."""
    seen: dict[str, Any] = agent.ok("PUT", f"/agent{kim.here[5:]}/baton", fields)
    return seen


def takes(office: Office, kim: CustomerCaller, name: str = "Bob") -> dict[str, Any]:
    """The next agent takes it from the board; the ticket as she sees it."""
    taken: dict[str, Any] = office.works(name).ok("POST", f"/agent{kim.here[5:]}/claim", {})
    return taken


def leaves(how: str, alice: AgentCaller, kim: CustomerCaller) -> None:
    """The conversation leaves her."""
    path = f"/agent{kim.here[5:]}"
    if how == "released":
        alice.ok("POST", f"{path}/release", {})
    elif how == "transferred":
        alice.ok("POST", f"{path}/transfer", {"queue": "general"})
    elif how == "returned by a supervisor":
        actions.send_back(kim.ticket.pk, by="sam")
    elif how == "agent left":
        alice.go("offline")
    elif how == "agent lost":
        silent(alice, 121)
        presence.sweep()
        actions.return_of_lost(120)
    else:
        for seconds in (130, 130, 130):
            owing(kim.ticket, seconds)
            look()


@pytest.mark.parametrize(
    "how",
    ["released", "transferred", "returned by a supervisor", "agent left", "agent lost", "silent"],
)
def test_the_baton_travels_however_the_conversation_leaves(
    office: Office, heard: Heard, how: str
) -> None:
    kim, alice = office.talk()
    writes(alice, kim, promised="MARKER A refund by Friday", next_step="Ask the bank")
    says(alice, kim, "I am asking the bank.")
    kim.say("Any news?")
    leaves(how, alice, kim)
    taken = takes(office, kim)
    given = taken["baton"]
    assert (given["from"], given["reason"]) == ("Alice", how)
    assert given["promised"] == "MARKER A refund by Friday"
    assert given["next_step"] == "Ask the bank"
    assert given["said"] == (
        "Customer: “Hello”\nAlice: “I am asking the bank.”\nCustomer: “Any news?”"
    )
    assert taken["own_baton"] == NOTHING
    assert "MARKER" not in f"{kim.now()} {kim.texts()} {heard.by(kim.customer)}"


def test_what_nobody_wrote_down_is_composed_and_stays_as_it_was(office: Office) -> None:
    kim, alice = office.talk()
    says(alice, kim, "Let me look.")
    alice.ok("POST", f"/agent{kim.here[5:]}/release", {})
    kim.say("Is somebody there?")
    kim.say("It is about my parcel")
    bob = office.works("Bob")
    first = bob.ok("POST", f"/agent{kim.here[5:]}/claim", {})["baton"]
    assert first["promised"] == "Alice: “Let me look.”"
    assert first["next_step"] == "Answer: “Is somebody there? It is about my parcel”"
    says(bob, kim, "Here I am.")
    kim.say("Good")
    (mine,) = bob.me()["tickets"]
    assert mine["baton"] == first, "it is what was handed over, not what came after"


def test_when_nothing_is_owed_the_next_step_is_to_wait(office: Office) -> None:
    kim, alice = office.talk()
    says(alice, kim, "I pass you on.")
    leaves("transferred", alice, kim)
    given = takes(office, kim)["baton"]
    assert given["next_step"] == "Say who you are, then wait for the customer."


def test_nobody_before_her_is_no_baton(office: Office) -> None:
    kim, alice = office.talk()
    (mine,) = alice.me()["tickets"]
    assert (mine["baton"], mine["own_baton"]) == (None, NOTHING)
    leaves("released", alice, kim)
    bob = office.works("Bob")
    (seen,) = bob.ok("GET", "/agent/open-tickets")["tickets"]
    assert seen["baton"] is None, "only who takes it reads it"


def test_a_draft_is_kept_field_by_field_and_may_be_emptied(office: Office) -> None:
    kim, alice = office.talk()
    writes(alice, kim, said="A parcel is lost")
    writes(alice, kim, promised="A call")
    seen = writes(alice, kim, said="")
    assert seen["own_baton"] == {"said": "", "promised": "A call", "next_step": ""}
    assert alice.me()["tickets"][0]["own_baton"] == seen["own_baton"]
    with office.unchanged():
        writes(alice, kim)
        alice.refused(400, "PUT", f"/agent{kim.here[5:]}/baton", {"promise": "x"})
        alice.refused(400, "PUT", f"/agent{kim.here[5:]}/baton", {"said": "x" * 2001})


def test_a_conversation_that_she_has_no_longer_takes_no_draft(office: Office) -> None:
    kim, alice = office.talk()
    path = f"/agent{kim.here[5:]}/baton"
    leaves("released", alice, kim)
    assert alice.refused(409, "PUT", path, {"said": "x"})["state"] == "waiting"
    bob = office.works("Bob")
    bob.refused(404, "PUT", path, {"said": "x"})
    bob.ok("POST", f"/agent{kim.here[5:]}/claim", {})
    assert alice.refused(409, "PUT", path, {"said": "x"})["state"] == "active"
    bob.ok("POST", f"/agent{kim.here[5:]}/resolve", {"disposition": "solved"})
    assert bob.refused(409, "PUT", path, {"said": "x"})["state"] == "resolved"


@pytest.mark.parametrize("verb", ["release", "transfer"])
def test_who_lets_go_may_write_the_baton_in_the_same_call(office: Office, verb: str) -> None:
    kim, alice = office.talk()
    writes(alice, kim, said="Old", promised="A call")
    body = {"queue": "general"} if verb == "transfer" else {}
    alice.ok("POST", f"/agent{kim.here[5:]}/{verb}", {**body, "said": "New", "next_step": "Call"})
    given = takes(office, kim)["baton"]
    assert (given["said"], given["promised"], given["next_step"]) == ("New", "A call", "Call")


def test_who_leaves_no_trace_passes_on_what_she_was_handed(office: Office) -> None:
    kim, alice = office.talk()
    writes(alice, kim, said="A refund", next_step="Ask the bank")
    leaves("released", alice, kim)
    bob = office.works("Bob")
    bob.ok("POST", f"/agent{kim.here[5:]}/claim", {})
    leaves("released", bob, kim)
    given = takes(office, kim, "Charlie")["baton"]
    assert (given["from"], given["said"], given["next_step"]) == ("Bob", "A refund", "Ask the bank")


def test_a_supervisor_reads_it_at_the_assignment(
    office: Office, static_files: None, admin_client: Any
) -> None:
    kim, alice = office.talk()
    writes(alice, kim, promised="A refund by Friday")
    page = admin_client.get(f"/admin/tickets/ticket/{kim.ticket.pk}/change/").content.decode()
    assert "A refund by Friday" in page


def former(**fields: Any) -> Former:
    """Someone who had it."""
    from core import clock

    blank = {"name": "Alice", "ended_at": clock.near_now(), "reason": "released", "spoke": False}
    return Former(**{**blank, **NOTHING, **fields})


def test_a_promise_stands_until_a_newer_one_is_written() -> None:
    lines = [Line(1, "customer", "", "Where is it?"), Line(2, "agent", "Bob", "One moment.")]
    given = compose([former(name="Bob", spoke=True), former(promised="A refund")], lines)
    assert (given["from"], given["promised"]) == ("Bob", "A refund")
    newer = former(name="Bob", promised="A call")
    assert compose([newer, former(promised="A refund")], lines)["promised"] == "A call"


def test_what_was_said_is_the_first_question_and_the_latest_exchange() -> None:
    lines = [
        Line(1, "customer", "", "Where is my parcel?"),
        Line(2, "assistant", "", "Ask a person."),
        Line(3, "system", "", "Alice is here"),
        Line(4, "agent", "Alice", "With the carrier."),
        Line(5, "customer", "", "Since when?"),
        Line(6, "agent", "Alice", "Since Monday."),
    ]
    assert compose([former(spoke=True)], lines)["said"] == (
        "Customer: “Where is my parcel?”\n…\nCustomer: “Since when?”\nAlice: “Since Monday.”"
    )
    assert compose([former()], lines[:2])["said"] == (
        "Customer: “Where is my parcel?”\nAssistant: “Ask a person.”"
    )
    assert compose([former()], lines[:2])["next_step"] == "Answer: “Where is my parcel?”"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("short\n  and flat", "short and flat"),
        ("word " * 100, "word word word…"),
        ("x" * 100, "x" * 19 + "…"),
    ],
)
def test_long_words_are_cut_in_one_line(text: str, cut: str) -> None:
    assert trimmed(text, 20) == cut
    assert len(cut) <= 20
